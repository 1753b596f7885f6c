/** What the end of a service's main process means: exit codes and results of systemd.exec(5) and systemd.service(5). */

import { constants } from 'node:os';

export interface Exit {
  /** exited: by itself; killed: by a signal; dumped: by a signal, with a core dump. */
  readonly how: 'exited' | 'killed' | 'dumped';
  /** The exit status, where it exited. */
  readonly status?: number;
  /** The signal's name, where it was killed. */
  readonly exitSignal?: string;
  readonly meaning: string;
}

/** systemd.exec(5), "Process Exit Codes": what failed before the program ran. */
const systemdCodes: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  200: ['CHDIR', 'the working directory could not be entered'],
  201: ['NICE', 'the nice level could not be set'],
  202: ['FDS', 'descriptors could not be closed or arranged'],
  203: [
    'EXEC',
    'the program could not be executed: missing, not executable, or a wrong interpreter or architecture',
  ],
  204: ['MEMORY', 'there was not enough memory'],
  205: ['LIMITS', 'resource limits could not be set'],
  206: ['OOM_ADJUST', 'the OOM score could not be set'],
  207: ['SIGNAL_MASK', 'the signal mask could not be set'],
  208: ['STDIN', 'standard input could not be set up'],
  209: ['STDOUT', 'standard output could not be set up'],
  210: ['CHROOT', 'the root directory could not be entered'],
  211: ['IOPRIO', 'the IO priority could not be set'],
  212: ['TIMERSLACK', 'the timer slack could not be set'],
  213: ['SECUREBITS', 'the secure bits could not be set'],
  214: ['SETSCHEDULER', 'the CPU scheduling could not be set'],
  215: ['CPUAFFINITY', 'the CPU affinity could not be set'],
  216: ['GROUP', 'the group does not exist or could not be taken on'],
  217: ['USER', 'the user does not exist or could not be taken on'],
  218: ['CAPABILITIES', 'capabilities could not be set'],
  219: ['CGROUP', 'the control group could not be set up'],
  220: ['SETSID', 'a session could not be created'],
  221: ['CONFIRM', 'the start was declined at the console'],
  222: ['STDERR', 'standard error could not be set up'],
  224: ['PAM', 'the PAM session could not be opened'],
  225: ['NETWORK', 'the network namespace could not be set up'],
  226: [
    'NAMESPACE',
    'the mount, UTS or IPC namespace could not be set up: often a path in the sandbox that does not exist',
  ],
  227: ['NO_NEW_PRIVILEGES', 'new privileges could not be ruled out'],
  228: ['SECCOMP', 'the system call filter could not be set'],
  229: ['SELINUX_CONTEXT', 'the SELinux context could not be set'],
  230: ['PERSONALITY', 'the personality could not be set'],
  231: ['APPARMOR_PROFILE', 'the AppArmor profile could not be changed to'],
  232: ['ADDRESS_FAMILIES', 'the address families could not be restricted'],
  233: ['RUNTIME_DIRECTORY', 'the runtime directory could not be set up'],
  235: ['CHOWN', 'the owner of a socket could not be changed'],
  236: ['SMACK_PROCESS_LABEL', 'the SMACK label could not be set'],
  237: ['KEYRING', 'the kernel keyring could not be set up'],
  238: ['STATE_DIRECTORY', 'the state directory could not be set up'],
  239: ['CACHE_DIRECTORY', 'the cache directory could not be set up'],
  240: ['LOGS_DIRECTORY', 'the logs directory could not be set up'],
  241: ['CONFIGURATION_DIRECTORY', 'the configuration directory could not be set up'],
  242: ['NUMA_POLICY', 'the NUMA policy could not be set'],
  243: ['CREDENTIALS', 'credentials could not be set up'],
  245: ['BPF', 'a BPF restriction could not be applied'],
};

/** What other programs mean by it, by custom alone. */
const customs: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'a general failure',
  2: 'invalid or excess arguments',
  3: 'a feature that is not implemented',
  4: 'insufficient privilege',
  5: 'the program is not installed',
  6: 'the program is not configured',
  7: 'the program is not running',
  126: 'by the custom of shells, a command that cannot be executed',
  127: 'by the custom of shells, a command that was not found',
};

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
// SIGABRT and SIGIO have older names with the same numbers.
signalNames.set(constants.signals.SIGABRT, 'SIGABRT').set(constants.signals.SIGIO, 'SIGIO');

const signalMeanings: Readonly<Record<string, string>> = {
  SIGKILL:
    'killed without a chance to clean up: by hand, by systemd after its stop timeout, or by the OOM killer',
  SIGTERM: 'asked to stop',
  SIGSEGV: 'invalid memory access, a crash',
  SIGBUS: 'memory that could not be accessed, a crash',
  SIGABRT: 'aborted itself, or systemd did for a missed watchdog',
  SIGILL: 'an invalid instruction',
  SIGFPE: 'an arithmetic error',
  SIGSYS: 'a system call that its filter forbids',
  SIGHUP: 'hung up',
  SIGINT: 'interrupted',
  SIGPIPE: 'wrote where nobody reads',
};

/** systemd.service(5) and org.freedesktop.systemd1(5), Result. */
const results: Readonly<Record<string, string>> = {
  'exit-code': 'a process exited with a failure',
  signal: 'a process was killed by a signal',
  'core-dump': 'a process crashed and dumped core',
  timeout: 'it did not start or stop in time',
  watchdog: 'it did not report to its watchdog in time',
  'start-limit-hit': 'it was started too often in too short a time',
  resources: 'a resource could not be had',
  protocol: 'it did not keep to the protocol of its Type=',
  'oom-kill': 'the kernel or systemd-oomd killed a process for want of memory',
  'exec-condition': 'its ExecCondition= said no',
  condition: 'a condition was not met',
  assert: 'an assertion was not met',
  dependency: 'a unit that it needs failed',
  'trigger-limit-hit': 'it was triggered too often in too short a time',
  'service-start-limit-hit': 'its service was started too often in too short a time',
  'unit-start-limit-hit': 'its unit was started too often in too short a time',
  'mount-start-limit-hit': 'its mount was started too often in too short a time',
};

/** In words, or undefined for success and for results that are not known. */
export const resultMeaning = (result: string): string | undefined =>
  Object.hasOwn(results, result) ? results[result] : undefined;

/**
 * @param code waitid(2) si_code as in ExecMainCode: 1 exited, 2 killed, 3 dumped; others: it has not ended
 * @param status ExecMainStatus: the exit status or the number of the signal
 */
export function exitOf(code: number, status: number): Exit | undefined {
  if (code === 1) return { how: 'exited', status, meaning: statusMeaning(status) };
  if (code !== 2 && code !== 3) return undefined;
  const exitSignal = signalNames.get(status) ?? `signal ${status}`;
  return {
    how: code === 2 ? 'killed' : 'dumped',
    exitSignal,
    meaning: signalMeanings[exitSignal] ?? `ended by ${exitSignal}`,
  };
}

function statusMeaning(status: number): string {
  const [name, meaning] = systemdCodes[status] ?? [];
  if (name !== undefined) return `${name}: ${meaning}`;
  const signal = status > 128 ? signalNames.get(status - 128) : undefined;
  if (signal !== undefined) return `by the custom of shells, a command ended by ${signal}`;
  return customs[status] ?? "the program's own code";
}
