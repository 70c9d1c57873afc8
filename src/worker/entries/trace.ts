import { serveSession } from '../serve';
import { TraceSession } from '../trace-session';

serveSession(new TraceSession());
