export { compareRanges as compareIdbKeys } from '../bytes/compare';
