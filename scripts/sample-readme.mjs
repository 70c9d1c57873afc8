/** What a person reads first in the sample workspace. */
export const SAMPLE_README = `These four folders are LevelDB databases. Right-click one and choose "Open as LSM Database".

three-levels/  in good order, with tables in three levels
crashed/       its process was killed: the last writes are in the log only
overwritten/   keys written many times over, and many deleted
damaged/       a copy of overwritten/ with one byte changed in a table and a log that breaks off
`;
