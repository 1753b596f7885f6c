import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentFacts } from '../../src/config/load.ts';
import { installation, tokenEntry } from './installation.ts';

const template = readFileSync(join(import.meta.dirname, '../fixtures/config/template.yaml'), 'utf8');

test('without any file every setting has its default', (t) => {
  const { config, files, warnings } = installation(t).load();
  assert.deepEqual(config, {
    server: {
      host: '127.0.0.1',
      port: 8080,
      transport: 'http',
      auth_required: true,
      allowed_hosts: [],
      drain_timeout: 10,
      user: 'systemmanager',
      groups: [],
    },
    security: { auth_tokens: [], rate_limit: 100, max_file_size: 10485760, max_token_age: 7776000 },
    logging: { level: 'info', file: '/var/log/systemmanager/mcp.log' },
    audit: { file: '/var/log/systemmanager/audit.log', max_size: 67108864, keep: 10 },
    docker: {
      socket_path: '/var/run/docker.sock',
      read_only: false,
      protected_names: [],
      protected_labels: [],
    },
    filesystem: {
      allowed_paths: ['/var/log'],
      denied_names: [
        'id_*',
        '*.pem',
        '*.key',
        '*.p12',
        '*.pfx',
        '*.kdbx',
        '.ssh',
        '.gnupg',
        '.aws',
        '.azure',
        '.kube',
        '.docker',
        '.netrc',
        '.pgpass',
        '.env',
        '.env.*',
        '.git-credentials',
        '*credential*',
        '*secret*',
        'shadow',
        'shadow-',
        'gshadow',
        'gshadow-',
        'sudoers',
        'sudoers.d',
        'audit.log*',
      ],
      allow_hardlinks: false,
    },
    host: { sysfs: '/sys' },
    history: {
      enabled: true,
      interval: 10,
      keep_samples: 2 * 86_400,
      keep_minutes: 30 * 86_400,
      keep_quarters: 400 * 86_400,
    },
  });
  assert.deepEqual([files, warnings], [[], []]);
});

test('the template of today’s users loads as it stands once its token is replaced', (t) => {
  const text = template.replace('    - "replace-with-real-token"\n', tokenEntry());
  assert.notEqual(text, template);
  const { config } = installation(t, text).load();
  assert.equal(config.server.host, '0.0.0.0');
  assert.equal(config.server.transport, 'http-sse');
  assert.equal(config.security.auth_tokens[0]?.agent, 'grafana');
  assert.equal(config.security.max_file_size, 10485760);
  assert.equal(config.logging.level, 'info');
  assert.deepEqual(config.filesystem.allowed_paths, ['/var/log', '/tmp', '/home']);
});

test('the template with its placeholder is refused with the command that mends it', (t) => {
  const { detail, hint } = installation(t, template).refusal();
  assert.match(detail, /config\.yaml:8: security\.auth_tokens entry 1: is a token in plain text/);
  assert.match(hint ?? '', /systemmanager-mcp token static --agent NAME --scopes monitor --ttl 30d/);
});

test('each layer goes over the one before: file, conf.d by name, environment, arguments', (t) => {
  const place = installation(
    t,
    'server: {port: 1001, drain_timeout: 1, user: file, allowed_hosts: [a.example]}',
  );
  place.put('conf.d/20-b.yaml', 'server: {drain_timeout: 3}\nsecurity: {rate_limit: 3}');
  place.put('conf.d/10-a.yaml', 'server: {drain_timeout: 2, user: first}\nsecurity: {rate_limit: 2}');
  const { config } = place.load({
    env: { SYSTEMMANAGER_SECURITY_RATE_LIMIT: '4', SYSTEMMANAGER_AUDIT_KEEP: '4' },
    set: ['audit.keep=5'],
  });
  assert.deepEqual(
    [
      config.server.allowed_hosts,
      config.server.port,
      config.server.user,
      config.server.drain_timeout,
      config.security.rate_limit,
      config.audit.keep,
    ],
    [['a.example'], 1001, 'first', 3, 4, 5],
  );
});

test('every setting names the layer that it comes from', (t) => {
  const place = installation(t, 'server: {port: 1001}');
  const dropIn = place.put('conf.d/a.yaml', 'server: {host: "::1"}');
  const { origins, files } = place.load({
    env: { SYSTEMMANAGER_SECURITY_RATE_LIMIT: '4' },
    set: ['audit.keep=5'],
  });
  assert.equal(origins.get('server.port'), place.file);
  assert.equal(origins.get('server.host'), dropIn);
  assert.equal(origins.get('security.rate_limit'), 'environment SYSTEMMANAGER_SECURITY_RATE_LIMIT');
  assert.equal(origins.get('audit.keep'), 'argument --set audit.keep');
  assert.equal(origins.get('logging.level'), 'default');
  assert.deepEqual(files, [place.file, dropIn]);
});

test('a value that a later layer covers must be valid too', (t) => {
  const { detail } = installation(t, 'server: {port: 0}').refusal({ set: ['server.port=9090'] });
  assert.match(detail, /config\.yaml:1: server\.port must be a whole number from 1 to 65535/);
});

test('all faults of all layers come at once, each with its place', (t) => {
  const place = installation(t, 'server:\n  port: 70000\n  transport: htttp\nlogging:\n  levle: INFO\n');
  const dropIn = place.put('conf.d/a.yaml', 'docker: {socket_path: docker.sock}');
  const { detail } = place.refusal({
    env: { SYSTEMMANAGER_SECURITY_RATE_LIMIT: 'many' },
    set: ['audit.keep=-1'],
  });
  assert.deepEqual(detail.split('\n'), [
    'The configuration has 6 faults:',
    `  ${place.file}:5: there is no setting 'logging.levle'; did you mean 'logging.level'?`,
    `  ${place.file}:2: server.port must be a whole number from 1 to 65535`,
    `  ${place.file}:3: server.transport must be one of http, http-sse, stdio; did you mean 'http'?`,
    `  ${dropIn}:1: docker.socket_path must be an absolute path without .. and control characters`,
    '  environment SYSTEMMANAGER_SECURITY_RATE_LIMIT: security.rate_limit must be a whole number from 1 to 1000000000, in calls a minute',
    '  argument --set audit.keep: audit.keep must be a whole number from 0 to 1000, in files',
  ]);
});

test('one fault is said in one line', (t) => {
  const { detail } = installation(t).refusal({ set: ['server.port=x'] });
  assert.equal(
    detail,
    'The configuration has a fault: argument --set server.port: server.port must be a whole number from 1 to 65535.',
  );
});

test('one fault that ends in a question has no full stop behind it', (t) => {
  const { detail } = installation(t).refusal({ set: ['server.prot=1'] });
  assert.match(detail, /did you mean 'server\.port'\?$/);
});

test('the configuration is frozen to its leaves', (t) => {
  const { config } = installation(t, `security:\n  auth_tokens:\n${tokenEntry()}`).load();
  assert.throws(() => (config.filesystem.allowed_paths as string[]).push('/etc'), TypeError);
  assert.throws(() => (config.security.auth_tokens[0]!.scopes as string[]).push('admin'), TypeError);
  assert.throws(() => Object.assign(config.server, { port: 1 }), TypeError);
});

test('two configurations share no list', (t) => {
  const place = installation(t);
  assert.notEqual(place.load().config.filesystem.allowed_paths, place.load().config.filesystem.allowed_paths);
});

test('an ordinary user’s logs go to the user’s folder', (t) => {
  const place = installation(t);
  const { config } = place.load({
    places: {
      kind: 'user',
      configFile: place.file,
      configDirectory: join(place.folder, 'conf.d'),
      stateDirectory: '/home/ann/.local/state/systemmanager',
      logDirectory: '/home/ann/.local/state/systemmanager',
      runtimeDirectory: '/run/user/1000/systemmanager-mcp',
    },
  });
  assert.equal(config.logging.file, '/home/ann/.local/state/systemmanager/mcp.log');
  assert.equal(config.audit.file, '/home/ann/.local/state/systemmanager/audit.log');
});

test('the environment says where folders are, the first of a list and absolute paths only', () => {
  const facts = environmentFacts({
    HOME: '/home/ann',
    STATE_DIRECTORY: '/var/lib/private/systemmanager:/var/lib/other',
    LOGS_DIRECTORY: '/var/log/elsewhere',
    XDG_RUNTIME_DIR: 'relative',
    CREDENTIALS_DIRECTORY: '/run/credentials/systemmanager-mcp.service',
  });
  assert.equal(facts.home, '/home/ann');
  assert.equal(facts.stateDirectory, '/var/lib/private/systemmanager');
  assert.equal(facts.logsDirectory, '/var/log/elsewhere');
  assert.equal(facts.xdgRuntimeDir, undefined);
  assert.equal(facts.credentialsDirectory, '/run/credentials/systemmanager-mcp.service');
});
