import { join } from 'node:path';
import { ChangeSession } from '../change-session';
import { serveSession } from '../serve';

serveSession(new ChangeSession({ helperScript: join(__dirname, '..', 'helper.js') }));
