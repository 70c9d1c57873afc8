import { LogSession } from '../log-session';
import { serveSession } from '../serve';

serveSession(new LogSession());
