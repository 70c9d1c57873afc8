@node "%~dp0shim.mjs" %*
