import { PlaygroundSession } from '../playground-session';
import { serveSession } from '../serve';

serveSession(new PlaygroundSession());
