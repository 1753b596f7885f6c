/** What each tool answers about a frozen machine, as it was last read by a person, and that its schema says the same. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isScope } from '../src/auth/scopes.ts';
import { eachWord, grantOf } from '../src/dispatch/authorize.ts';
import { catalogue } from '../src/tools/catalogue.ts';
import { callerWith } from './dispatch/toy-tools.ts';
import { goldenJson, matchesGolden } from './golden.ts';
import { type FrozenHost, openFrozenHost } from './host/frozen-host.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

const ajv = new Ajv2020({ strict: true, allErrors: true });

for (const tool of catalogue) {
  test(`${tool.name} answers each of its examples as it was last read`, async () => {
    const validate = ajv.compile(tool.output);
    const answers = [];
    for (const { says, args } of tool.examples) {
      const answer = await tool.run(args, {
        host: frozen.host,
        grant: grantOf(callerWith(['monitor', ...eachWord(tool.scope).filter(isScope)])),
        signal: new AbortController().signal,
        now: frozen.clock.now,
        progress: () => {},
      });
      assert.ok(validate(answer), `${says}: ${ajv.errorsText(validate.errors)}`);
      assert.ok(Buffer.byteLength(JSON.stringify(answer)) <= 8192, `${says}: more than 8 KiB`);
      answers.push({ says, args, answer });
    }
    matchesGolden(`calls/${tool.name}.json`, goldenJson(answers));
  });
}
