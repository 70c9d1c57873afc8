import { ManifestSession } from '../manifest-session';
import { serveSession } from '../serve';

serveSession(new ManifestSession());
