import { ChangeSession } from '../change-session';
import { serveSession } from '../serve';

serveSession(new ChangeSession());
