/** What settings must be together: combinations that are refused, and those that an operator is warned of. */

import { isIPv4 } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Findings } from './faults.ts';
import type { Config } from './schema.ts';

/** Clocks of the machine that made a token and of this one may differ so much. */
const skewMs = 60_000;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** Adds what is wrong with the whole to the findings. */
export function checkTogether(config: Config, clock: Clock, findings: Findings): void {
  checkListening(config, findings);
  checkTokens(config, clock.now(), findings);
  if (config.logging.file === config.audit.file) {
    findings.faults.push({
      says: `logging.file and audit.file are both ${config.audit.file}: name two files`,
    });
  }
}

function checkListening({ server }: Config, { faults, warnings }: Findings): void {
  const beyond = !isLoopback(server.host);
  if (!server.auth_required && beyond) {
    faults.push({
      says: `server.auth_required is false and server.host is ${server.host}: without tokens only this machine may be answered`,
      hint: 'Set server.auth_required to true, or server.host to 127.0.0.1.',
    });
    return;
  }
  if (!server.auth_required) {
    warnings.push('server.auth_required is false: every local user may read what this daemon reads');
  }
  if (beyond) {
    warnings.push(
      `server.host is ${server.host}, and TCP is not encrypted: whoever sees the network can take tokens and answers; put a TLS proxy before it, or Tailscale`,
    );
  }
}

function checkTokens({ security }: Config, nowMs: number, { faults, warnings }: Findings): void {
  const days = Math.floor(security.max_token_age / 86_400);
  const age = days > 0 ? `${days} days` : `${security.max_token_age} seconds`;
  const latestMs = nowMs + security.max_token_age * 1000 + skewMs;
  security.auth_tokens.forEach(({ agent, expires }, index) => {
    const entry = `security.auth_tokens entry ${index + 1} (${agent})`;
    const expiresMs = Date.parse(expires);
    if (expiresMs > latestMs) {
      faults.push({
        says: `${entry} expires on ${expires}, later than security.max_token_age allows (${age} from now)`,
      });
    } else if (expiresMs <= nowMs) {
      warnings.push(`${entry} expired on ${expires}: remove it`);
    }
  });
}
