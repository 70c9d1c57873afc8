import { serveSession } from '../serve';
import { TableSession } from '../table-session';

serveSession(new TableSession());
