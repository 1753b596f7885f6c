/** Makes the key file named in its argument, and says the id of the key that signs. */

import { makeKeys } from '../../../src/auth/keys.ts';
import { systemClock } from '../../../src/base/clock.ts';

console.log(makeKeys(process.argv[2] ?? '', systemClock).current.id);
