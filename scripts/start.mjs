// Installs what is missing, builds, and runs `lsm` with the arguments: `npm start -- info FOLDER`. Without arguments
// it tells what there is.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isInstalled, npm } from './install.mjs';

const from = process.env.INIT_CWD ?? process.cwd();
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
if (!isInstalled() && !npm(['ci', '--ignore-scripts'])) process.exit(1);
const build = spawnSync(process.execPath, ['esbuild.mjs'], { stdio: 'inherit' });
if (build.status !== 0) process.exit(build.status ?? 1);
const argv = process.argv.length > 2 ? process.argv.slice(2) : ['help'];
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
process.exit(spawnSync(process.execPath, [cli, ...argv], { stdio: 'inherit', cwd: from }).status ?? 1);
