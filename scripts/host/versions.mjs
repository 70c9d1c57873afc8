// What is downloaded to run a VS Code where no desktop one is at hand. The only place that names these versions.

/** The npm package that carries VS Code's server and workbench; its number is VS Code's plus 3 in the major. */
export const CODE_SERVER = '4.139.1';

/** The Node that this server wants, whatever Node runs the scripts. */
export const SERVER_NODE = '24.21.0';
