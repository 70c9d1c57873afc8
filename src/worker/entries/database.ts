import { join } from 'node:path';
import { serveSession } from '../serve';
import { Session } from '../session';

serveSession(new Session({ helperScript: join(__dirname, '..', 'helper.js') }));
