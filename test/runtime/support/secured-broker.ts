import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { fill } from '../../../src/platform/stack/kafka.js';
import { findJars } from '../../../src/platform/stack/jars.js';
import { findJava } from '../../../src/platform/stack/java.js';

const INFRA = fileURLToPath(new URL('../../../infra/kafka/', import.meta.url));

export const LOGIN = { username: 'arbiter', password: 'not-2-be:guessed/+=' } as const;

/** A broker that speaks TLS only, with a certificate of its own: at one port it wants a login by SCRAM, at the other a certificate. */
export interface SecuredBroker {
  readonly brokers: string;
  /** Where clients are known by their certificates. */
  readonly mutualBrokers: string;
  readonly caFile: string;
  /** A certificate that the broker trusts, and its key. */
  readonly certFile: string;
  readonly keyFile: string;
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const certificate = async (
  folder: string,
): Promise<{ caFile: string; keyFile: string; bothFile: string }> => {
  const [caFile, keyFile, bothFile] = ['ca.pem', 'key.pem', 'both.pem'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const subject = ['-subj', '/CN=broker', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  await execa('openssl', ['req', '-x509', '-days', '2', ...key, ...subject, '-out', caFile]);
  writeFileSync(bothFile, readFileSync(keyFile, 'utf8') + readFileSync(caFile, 'utf8'));
  return { caFile, keyFile, bothFile };
};

/** Starts the broker of the local stack with another listener. */
export const startSecuredBroker = async (folder: string): Promise<SecuredBroker> => {
  const { caFile, keyFile, bothFile } = await certificate(folder);
  const [java, jars] = [await findJava(process.env), await findJars(process.env)];
  const [port, mutualPort] = [await freePort(), await freePort()];
  const [innerPort, controllerPort] = [await freePort(), await freePort()];
  const logDir = path.join(folder, 'data');
  mkdirSync(logDir);
  const template = readFileSync(path.join(INFRA, 'server.properties'), 'utf8');
  const plain = fill(template, { port: String(innerPort), controllerPort: String(controllerPort), logDir });
  const secured = `
listeners=OUTER://127.0.0.1:${port},MUTUAL://127.0.0.1:${mutualPort},CLIENT://127.0.0.1:${innerPort},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=OUTER://127.0.0.1:${port},MUTUAL://127.0.0.1:${mutualPort},CLIENT://127.0.0.1:${innerPort}
listener.security.protocol.map=OUTER:SASL_SSL,MUTUAL:SSL,CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location=${bothFile}
listener.name.mutual.ssl.client.auth=required
ssl.truststore.type=PEM
ssl.truststore.location=${caFile}
listener.name.outer.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.outer.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
`;
  const properties = path.join(folder, 'server.properties');
  writeFileSync(
    properties,
    plain.replace(/^(?:advertised\.)?listener(?:s|\.security\.protocol\.map)=.*$/gmu, '') + secured,
  );
  const flags = [
    `-Dlog4j2.configurationFile=${path.join(INFRA, 'log4j2.properties')}`,
    '-XX:TieredStopAtLevel=1',
    '-cp',
    path.join(jars.kafka, '*'),
  ];
  const scram = `SCRAM-SHA-512=[name=${LOGIN.username},password=${LOGIN.password}]`;
  const cluster = ['-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', properties];
  await execa(java, [...flags, 'kafka.tools.StorageTool', 'format', ...cluster, '--add-scram', scram]);
  const broker = spawn(java, ['-Xmx256m', ...flags, 'kafka.Kafka', properties], { stdio: 'ignore' });
  return {
    brokers: `127.0.0.1:${port}`,
    mutualBrokers: `127.0.0.1:${mutualPort}`,
    caFile,
    certFile: caFile,
    keyFile,
    stop: () => stop(broker),
  };
};

const stop = async (broker: ChildProcess): Promise<void> => {
  if (broker.exitCode !== null || broker.signalCode !== null) return;
  const ended = once(broker, 'exit');
  broker.kill('SIGKILL');
  await ended;
};
