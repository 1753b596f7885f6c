/** Whether this is a machine of its own, a virtual one or a container, named as systemd-detect-virt(1) names it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cleanLine } from '../base/clean-text.ts';
import type { MachineRoot } from '../base/machine-root.ts';
import { textOf } from './machine-facts.ts';

export interface Virtualization {
  /** `physical` only where DMI or the CPU could be read and neither names a hypervisor. */
  readonly kind: 'physical' | 'virtual' | 'unknown';
  /** kvm, vmware, microsoft, xen, …; `other` where there is one that has no name here. */
  readonly hypervisor?: string;
  /** docker, podman, lxc, systemd-nspawn, …, where the daemon runs in a container. */
  readonly container?: string;
}

/** What the DMI table holds on each, the first that fits. */
const makers: readonly (readonly [RegExp, string])[] = [
  [/\bAmazon EC2\b/, 'amazon'],
  [/\bGoogle Compute Engine\b/, 'google'],
  [/\bKVM\b|\bOpenStack\b|\bKubeVirt\b|\bDigitalOcean\b|\bHetzner\b/, 'kvm'],
  [/\bQEMU\b|\blinux,dummy-virt\b/, 'qemu'],
  [/\bVMware\b|\bVMW\b/, 'vmware'],
  [/\binnotek GmbH\b|\bVirtualBox\b/, 'oracle'],
  [/\bXen\b/, 'xen'],
  [/\bBochs\b/, 'bochs'],
  [/\bParallels\b/, 'parallels'],
  [/\bBHYVE\b/i, 'bhyve'],
  [/\bHyper-V\b|\bVirtual Machine · Microsoft Corporation\b/, 'microsoft'],
  [/\bApple Virtualization\b/, 'apple'],
];

const clockFile = 'devices/system/clocksource/clocksource0/available_clocksource';
const dmiFiles = ['product_name', 'sys_vendor', 'board_vendor', 'bios_vendor', 'product_version'];

export function readVirtualization(machine: MachineRoot): Virtualization {
  const said = [
    ...dmiFiles.map((name) => textOf(machine.sys, 'class/dmi/id', name)),
    textOf(machine.proc, 'device-tree/model')?.replaceAll('\0', ''),
  ];
  const dmi = said.flatMap((text) => text?.trim() || []).join(' · ');
  const hypervisor = hypervisorOf({
    dmi,
    cpuinfo: textOf(machine.proc, 'cpuinfo') ?? '',
    kernelSays: textOf(machine.sys, 'hypervisor/type')?.trim() ?? '',
    clocks: textOf(machine.sys, clockFile) ?? '',
    deviceTree: textOf(machine.proc, 'device-tree/hypervisor/compatible') ?? '',
  });
  const container = containerOf(machine);
  return { ...hypervisor, ...(container === undefined ? {} : { container }) };
}

export interface HypervisorSigns {
  /** Fields of the DMI table; on boards without one the model in the device tree. */
  readonly dmi: string;
  /** /proc/cpuinfo. */
  readonly cpuinfo: string;
  /** /sys/hypervisor/type. */
  readonly kernelSays: string;
  /** Names of the clocks that the kernel could take: hypervisors offer their own. */
  readonly clocks: string;
  /** /proc/device-tree/hypervisor/compatible, on boards. */
  readonly deviceTree: string;
}

export function hypervisorOf(signs: HypervisorSigns): Virtualization {
  // CPUs of x86 have this flag under every hypervisor; others have no such flags.
  const flagged = /^flags\s*:.*\bhypervisor\b/m.test(signs.cpuinfo);
  const hasFlags = /^flags\s*:/m.test(signs.cpuinfo);
  const hypervisor = nameOf(signs);
  // A physical machine may carry the name of a maker of hypervisors: the flag decides where there are flags.
  if (hypervisor !== undefined && (flagged || !hasFlags)) return { kind: 'virtual', hypervisor };
  if (flagged) return { kind: 'virtual', hypervisor: 'other' };
  return { kind: signs.dmi !== '' || hasFlags ? 'physical' : 'unknown' };
}

function nameOf({ dmi, kernelSays, clocks, deviceTree }: HypervisorSigns): string | undefined {
  const made = makers.find(([pattern]) => pattern.test(dmi))?.[1];
  // QEMU alone emulates: with this clock it is KVM's.
  if (made !== undefined && made !== 'qemu') return made;
  if (/\bkvm-clock\b/.test(clocks) || /linux,kvm/.test(deviceTree)) return 'kvm';
  if (/\bhyperv_/.test(clocks)) return 'microsoft';
  if (kernelSays === 'xen' || /xen/.test(deviceTree)) return 'xen';
  return made;
}

function containerOf(machine: MachineRoot): string | undefined {
  const said = cleanLine(textOf(machine.root, 'run/systemd/container')?.trim() ?? '', 64);
  if (said !== '') return said;
  const marked = (file: string): boolean => existsSync(join(machine.root, file));
  return marked('run/.containerenv') ? 'podman' : marked('.dockerenv') ? 'docker' : undefined;
}
