/** Makes what the questions and the examples of the tools are about. */

import type { ChildProcess } from 'node:child_process';
import { checkout, type Machine, node } from './machine.ts';

/** A folder of logs that nothing writes to while they are looked at. */
export const logs = '/var/log/shop';
export const syslog = '/var/log/syslog';

/** Holds the name of an image that is there to be pulled. */
export const pulledImage = '/root/pulled-image';

/** @param port where one of its sockets listens */
export function prepareMachine(machine: Machine, port: number): void {
  const unit = (name: string, text: string) =>
    machine.output('sh', '-c', 'printf %s "$2" >"/etc/systemd/system/$1"', 'sh', name, text);
  unit('nginx.service', '[Service]\nExecStart=sleep infinity\n');
  unit('backup.service', '[Service]\nExecStart=sh -c "echo the disk is full; sleep 1; exit 3"\n');
  unit('echo.socket', `[Socket]\nListenStream=127.0.0.1:${port}\nAccept=yes\n`);
  unit('echo@.service', '[Service]\nExecStart=cat\nStandardInput=socket\n');
  machine.output('systemctl', 'daemon-reload');
  machine.output('systemctl', 'start', 'nginx.service', 'backup.service', 'echo.socket');
  machine.output(
    ...['sh', '-ec'],
    `mkdir -p ${logs}/old && cd ${logs}
    echo 'kernel: Out of memory: Killed process 7' >shop.log
    seq 1 100000 >old/shop.log
    printf 'one\\nsshd: Failed password for root\\nthree\\n' >${syslog}
    chgrp -R adm . ${syslog}
    chmod -R u=rwX,g=rX,o= . ${syslog}`,
  );
}

/** @returns the registry that an image can be pulled from, to be ended before the machine is */
export async function prepareContainers(machine: Machine): Promise<ChildProcess> {
  machine.output(
    ...['sh', '-ec'],
    `mkdir -p /box/bin && cd /box && cp /usr/bin/busybox bin/
    for name in sh sleep echo seq; do ln -s busybox bin/$name; done
    tar -c . | docker import - box:1
    docker volume create data
    run() { name=$1; shift; docker run -d --network none --name $name "$@"; }
    shop='--label com.docker.compose.project=shop --label com.docker.compose.service'
    run shop-web-1 $shop=web box:1 sh -c 'seq 1 5; exec sleep 1000000'
    run shop-db-1 $shop=db -v data:/data box:1 sleep 1000000
    run backup box:1 sh -c 'echo the disk is full; exit 3'
    docker wait backup`,
  );
  const registry = machine.start(node, `${checkout}/test/system/inside/registry.ts`, '/box', pulledImage);
  await machine.until(({ status }) => status === 0, 30_000, 'test', '-s', pulledImage);
  return registry;
}
