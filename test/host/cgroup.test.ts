import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belonging, parseCgroupPath } from '../../src/host/cgroup.ts';

const id = '4c01db0b339c7d5e5d8a1b1a7a2d8c6f0f7b9e3d2c1a09f8e7d6c5b4a3928170';
const other = 'a'.repeat(64);

test('the unified hierarchy is read', () => {
  assert.equal(parseCgroupPath('0::/system.slice/ssh.service\n'), '/system.slice/ssh.service');
});

test("on a hybrid machine systemd's own hierarchy counts", () => {
  const text = '4:memory:/x\n1:name=systemd:/system.slice/ssh.service\n0::/\n';
  assert.equal(parseCgroupPath(text), '/system.slice/ssh.service');
});

test('without systemd any hierarchy that has a place will do', () => {
  assert.equal(parseCgroupPath(`9:name=systemd:/\n4:memory:/docker/${id}\n0::/\n`), `/docker/${id}`);
});

test('a kernel thread has no place', () => {
  assert.equal(parseCgroupPath('0::/\n'), '/');
  assert.equal(parseCgroupPath(''), '/');
});

test('a colon belongs to the path', () => {
  assert.equal(parseCgroupPath('0::/a:b/c.service\n'), '/a:b/c.service');
});

const places: [string, { unit?: string; containerId?: string }][] = [
  ['/', {}],
  ['/init.scope', { unit: 'init.scope' }],
  ['/system.slice/ssh.service', { unit: 'ssh.service' }],
  ['/system.slice/system-getty.slice/getty@tty1.service', { unit: 'getty@tty1.service' }],
  ['/system.slice/x.service/sub', { unit: 'x.service' }],
  ['/system.slice/_memory.service', { unit: 'memory.service' }],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/a.service', { unit: 'user@1000.service' }],
  ['/user.slice/user-1000.slice/session-3.scope', { unit: 'session-3.scope' }],
  [`/system.slice/docker-${id}.scope`, { unit: `docker-${id}.scope`, containerId: id }],
  [`/docker/${id}`, { containerId: id }],
  [`/docker/${id}/docker/${other}`, { containerId: id }],
  [`/machine.slice/libpod-${id}.scope/container`, { unit: `libpod-${id}.scope`, containerId: id }],
  [`/machine.slice/libpod-conmon-${id}.scope`, { unit: `libpod-conmon-${id}.scope` }],
  [`/kubepods/besteffort/podxyz/${id}`, { containerId: id }],
  [
    `/kubepods.slice/a.slice/cri-containerd-${id}.scope`,
    { unit: `cri-containerd-${id}.scope`, containerId: id },
  ],
  ['/system.slice', {}],
  ['/.service', {}],
];

for (const [path, expected] of places) {
  test(`whose work is ${path.replaceAll(id, 'ID').replaceAll(other, 'OTHER')}`, () => {
    assert.deepEqual(belonging(path), expected);
  });
}
