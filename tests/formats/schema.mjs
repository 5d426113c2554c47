// Kubernetes' published schemas, as validators that the package kubernetes-models has compiled with ajv, made strict:
// a property that no validator ever asks for is one that Kubernetes does not know.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve('kubernetes-models')), '_schemas');
const GROUPS = { v1: 'CoreV1', 'batch/v1': 'BatchV1', 'networking.k8s.io/v1': 'NetworkingV1' };

function validatorOf(object) {
  const file = join(folder, `IoK8sApi${GROUPS[object?.apiVersion]}${object?.kind}.js`);
  return GROUPS[object?.apiVersion] && existsSync(file) ? require(file).validate : null;
}

// The object with a note of every property that is asked for.
function watched(object, path, seen) {
  return new Proxy(object, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(target, key)) seen.add(`${path}/${key}`);
      const value = target[key];
      return value !== null && typeof value === 'object' ? watched(value, `${path}/${String(key)}`, seen) : value;
    },
  });
}
function* leavesOf(value, path = '') {
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* leavesOf(inner, `${path}/${key}`);
  }
}

// What is wrong with a Kubernetes object, a text each; none: it is as the schema says.
export function complaints(object) {
  const validate = validatorOf(object);
  if (!validate) return [`no schema for ${object?.apiVersion} ${object?.kind}`];
  const seen = new Set();
  const found = validate(watched(object, '', seen)) ? [] : validate.errors.map((e) => `${e.instancePath}: ${e.keyword} ${JSON.stringify(e.params)}`);
  for (const path of leavesOf(object)) if (!seen.has(path)) found.push(`${path}: unknown`);
  return found;
}

// Properties whose members have names of their own.
const MAPS = new Set(['labels', 'annotations', 'matchLabels', 'data', 'requests', 'limits']);

// Copies of an object with one mistake each: a member's name misspelt, or a value of another type.
export function* broken(object) {
  function* at(value, path) {
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (!Array.isArray(value) && !MAPS.has(path.at(-1))) yield [...path, key, 'misspelt'];
      if (inner === null || typeof inner !== 'object') yield [...path, key, 'of another type'];
      else yield* at(inner, [...path, key]);
    }
  }
  for (const path of at(object, [])) {
    const how = path.pop();
    const key = path.pop();
    const copy = structuredClone(object);
    let parent = copy;
    for (const name of path) parent = parent[name];
    if (how === 'misspelt') {
      parent[`${key}s`] = parent[key];
      delete parent[key];
    } else {
      parent[key] = [{ odd: true }];
    }
    yield { copy, what: `${path.join('/')}/${key} ${how}` };
  }
}
