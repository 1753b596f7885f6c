/** Questions about the machine and its files, which its own programs can answer too. */

import assert from 'node:assert/strict';
import { logs, syslog } from './prepared.ts';
import { type Answer, type Own, type Questions, sameOnes } from './question.ts';

export const machineQuestions: Questions = {
  whoami: {
    confirm: ({ agent, door }, own) => assert.deepEqual([agent, door], [own.text('whoami'), 'mcp']),
  },
  get_system_status: {
    confirm({ system, cpu, memory, uptime }, own) {
      assert.equal(system.kernel, own.text('uname', '-r'));
      assert.equal(cpu.cores, Number(own.text('getconf', '_NPROCESSORS_ONLN')));
      assert.equal(memory.totalBytes, Number(own.text('free', '-b').match(/Mem: +(\d+)/)?.[1]));
      const bootedMs = Date.parse(`${own.text('uptime', '-s').replace(' ', 'T')}Z`);
      assert.ok(Math.abs(Date.parse(uptime.bootedAt) - bootedMs) < 5000, uptime.bootedAt);
    },
  },
  get_storage_status: {
    args: () => ({ sections: ['fileSystems'] }),
    confirm({ fileSystems }, own) {
      const root = fileSystems.find(({ mountPoint }: Answer) => mountPoint === '/');
      const [, ours = ''] = own.lines('df', '-B1', '--output=source,fstype,size', '/');
      assert.equal(`${root.device} ${root.fsType} ${root.totalBytes}`, ours.trim().split(/ +/).join(' '));
    },
  },
  get_network_status: {
    confirm({ view, interfaces, truncated }, own) {
      // The network is that of the host, where those of containers come and go.
      const lasting = (row: string) => !/^(?:veth|br-)/.test(row);
      const links: readonly Answer[] = JSON.parse(own.text('ip', '-j', 'link'));
      const ours = links.map(({ ifname, mtu }) => `${ifname} ${mtu}`).filter(lasting);
      const shown = interfaces.map(({ name, mtu }: Answer) => `${name} ${mtu}`).filter(lasting);
      assert.equal(view, 'host');
      sameOnes(shown, truncated === undefined ? ours : ours.filter((row) => shown.includes(row)));
    },
  },
  list_connections: {
    args: (own) => ({ state: 'listening', port: Number(listening(own).split(':')[1]) }),
    confirm({ connections }, own) {
      const shown = connections.map(({ local }: Answer) => `${local.address}:${local.port}`);
      const [ours = ''] = own.lines('ss', '-Hltn', `src ${listening(own)}`);
      assert.deepEqual(shown, [ours.split(/ +/)[3]]);
    },
  },
  get_hardware: {
    confirm({ cpu, os }, own) {
      assert.equal(cpu.threads, Number(own.text('nproc', '--all')));
      assert.equal(os.kernel, own.text('uname', '-r'));
    },
  },
  list_units: {
    args: () => ({ state: 'failed' }),
    confirm({ units }, own) {
      const failed = own.lines('systemctl', 'list-units', '--failed', '--plain', '--no-legend');
      sameOnes(
        units.map(({ unit }: Answer) => unit),
        failed.map((line) => line.split(' ')[0]),
      );
    },
  },
  get_unit: {
    args: () => ({ unit: 'backup' }),
    confirm({ unit, active, lastExit, journal }, own) {
      const show = (property: string) => own.text('systemctl', 'show', '-P', property, unit);
      assert.deepEqual([active, String(lastExit.status)], [show('ActiveState'), show('ExecMainStatus')]);
      assert.ok(journal.some(({ message }: Answer) => message === 'the disk is full'));
    },
  },
  get_metrics_history: {
    args: () => ({ metrics: ['memory_used_percent'], since: '15m' }),
    confirm({ series }, own) {
      const [, total, , , , , available] = own.lines('free', '-b')[1]?.split(/ +/) ?? [];
      const used = series[0].runs.at(-1).mean.at(-1);
      assert.ok(Math.abs(used - 100 * (1 - Number(available) / Number(total))) < 10, `${used}`);
    },
  },
  query_journal: {
    args: () => ({ unit: 'backup.service', boot: 0 }),
    confirm({ entries }, own) {
      const messages = entries.map(({ message }: Answer) => message);
      assert.deepEqual(messages, own.lines('journalctl', '-q', '-b', '-u', 'backup.service', '-o', 'cat'));
    },
  },
  list_processes: {
    args: () => ({ unit: 'nginx.service' }),
    confirm({ processes }, own) {
      const shown = processes.map(({ pid, user, threads }: Answer) => `${pid} ${user} ${threads}`);
      const ours = own.text('ps', '-o', 'pid=,user=,nlwp=', '-p', mainPid(own)).replaceAll(/ +/g, ' ');
      assert.deepEqual(shown, [ours]);
    },
  },
  get_process: {
    args: (own) => ({ pid: Number(mainPid(own)) }),
    confirm({ pid, parents, memory, name }, own) {
      const ours = own.text('ps', '-o', 'ppid=,rss=,comm=', '-p', String(pid)).replaceAll(/ +/g, ' ');
      assert.equal(`${parents[0].pid} ${memory.rssBytes / 1024} ${name}`, ours);
    },
  },
};

const listening = (own: Own): string =>
  own.text('systemctl', 'show', '-P', 'Listen', 'echo.socket').split(' ')[0] ?? '';
const mainPid = (own: Own): string => own.text('systemctl', 'show', '-P', 'MainPID', 'nginx.service');

export const fileQuestions: Questions = {
  list_directory: {
    args: () => ({ path: logs }),
    confirm({ entries }, own) {
      const shown = entries.map(
        ({ name, sizeBytes, mode, owner }: Answer) => `${name} ${sizeBytes} ${mode} ${owner}`,
      );
      sameOnes(shown, own.lines('sh', '-c', `cd ${logs} && stat -c '%n %s 0%a %U' *`));
    },
  },
  get_file_info: {
    args: () => ({ path: syslog, hash: true }),
    confirm({ sizeBytes, mode, owner, modifiedAt, sha256 }, own) {
      const seconds = Math.floor(Date.parse(modifiedAt) / 1000);
      assert.equal(
        `${sizeBytes} ${mode} ${owner} ${seconds}`,
        own.text('stat', '-c', '%s 0%a %U %Y', syslog),
      );
      assert.equal(sha256, own.text('sha256sum', syslog).split(' ')[0]);
    },
  },
  read_file: {
    args: () => ({ path: syslog, from: 'end', lines: 2 }),
    confirm: ({ content }, own) => assert.equal(content.trim(), own.text('tail', '-n', '2', syslog)),
  },
  search_files: {
    args: () => ({ path: '/var/log', name: '*.log', types: ['file'] }),
    confirm({ found }, own) {
      const shown = found.map(({ path }: Answer) => path);
      // The record is kept from those whom it is about.
      sameOnes(
        shown,
        own.lines('find', '/var/log', '-name', '*.log', '!', '-name', 'audit.log', '-type', 'f'),
      );
    },
  },
  search_text: {
    args: () => ({ path: logs, pattern: 'out of memory|^7777$', regexp: true, ignoreCase: true }),
    confirm({ files }, own) {
      const shown = files.flatMap(({ path, lines }: Answer) =>
        lines.map(({ line, text }: Answer) => `${path}:${line}:${text}`),
      );
      sameOnes(
        shown.slice(0, 20),
        own.lines('sh', '-c', `grep -rniE 'out of memory|^7777$' ${logs} | head -n 20`),
      );
    },
  },
  get_disk_usage: {
    args: () => ({ path: logs }),
    confirm({ total, folders }, own) {
      const [folder] = folders;
      assert.equal(total.allocatedBytes, Number(own.text('du', '-s', '-B1', logs).split('\t')[0]));
      assert.equal(`${folder.allocatedBytes}\t${folder.path}`, own.text('du', '-s', '-B1', `${logs}/old`));
      assert.equal(total.files, own.lines('find', logs, '-type', 'f').length);
    },
  },
};
