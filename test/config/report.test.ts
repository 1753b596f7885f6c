import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkReport, showData, showReport } from '../../src/config/report.ts';
import { installation, tokenEntry } from './installation.ts';

const tokens = `security:\n  auth_tokens:\n${tokenEntry()}`;

test('tokens are masked for people and for programs', (t) => {
  const loaded = installation(t, tokens).load();
  const shown = showReport(loaded) + JSON.stringify(showData(loaded));
  assert.match(shown, /^security\.auth_tokens +\[Sensitive\]$/m);
  assert.doesNotMatch(shown, /abab|grafana/i);
});

test('without tokens nothing is masked', (t) => {
  const row = showData(installation(t).load()).find(({ key }) => key === 'security.auth_tokens');
  assert.deepEqual(row, { key: 'security.auth_tokens', value: [], origin: 'default' });
});

test('programs get every setting with its value and origin', (t) => {
  const place = installation(t, 'server: {port: 9090}');
  const data = showData(place.load({ env: { SYSTEMMANAGER_AUDIT_KEEP: '4' } }));
  assert.equal(data.length, 30);
  assert.deepEqual(
    data.filter(({ origin }) => origin !== 'default'),
    [
      { key: 'server.port', value: 9090, origin: place.file },
      { key: 'audit.keep', value: 4, origin: 'environment SYSTEMMANAGER_AUDIT_KEEP' },
    ],
  );
});

test('people get a line a setting, and below it where it comes from unless by default', (t) => {
  const text = showReport(installation(t).load({ set: ['server.port=9090'] }));
  assert.match(
    text,
    /^server\.port {17}9090\n {28}from argument --set server\.port\nserver\.transport {12}http\n/m,
  );
  assert.match(text, /^server\.groups {15}\(none\)$/m);
});

test('a list that is too long for a line has a line an entry', (t) => {
  const paths = ['a', 'b', 'c'].map((name) => `/srv/${name.repeat(30)}`);
  const text = showReport(installation(t).load({ set: [`filesystem.allowed_paths=${paths.join(',')}`] }));
  assert.match(text, /^filesystem\.allowed_paths {4}\/srv\/a+\n {28}\/srv\/b+\n {28}\/srv\/c+$/m);
});

test('a check says what was read and that it is valid', (t) => {
  const place = installation(t, '');
  assert.equal(checkReport(place.load()), `Read:\n  ${place.file}\nThe configuration is valid.`);
});

test('a check without any file says so', (t) => {
  assert.equal(
    checkReport(installation(t).load()),
    'No file was found: every setting not given otherwise has its default.\nThe configuration is valid.',
  );
});

test('a check says the warnings, in lines of at most 80 columns', (t) => {
  const text = checkReport(installation(t).load({ set: ['server.host=0.0.0.0'] }));
  assert.match(text, /^Warning: server\.host is 0\.0\.0\.0, and TCP is not encrypted:/m);
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 80),
    [],
  );
});
