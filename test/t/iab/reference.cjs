// reference.cjs -- IAB's own libraries, for tests and benchmarks.
//
//	node reference.cjs decode < strings			fields of TC strings, one JSON document a line
//	node reference.cjs encode-tc SEED COUNT		random TC strings with their fields: {"string", "fields"}
//	node reference.cjs encode-gpp SEED COUNT	random GPP strings with theirs
//	node reference.cjs time ROUNDS < strings	microseconds that decoding one string takes
//
// The libraries are found through NODE_PATH.
'use strict';
const { TCModel, TCString, PurposeRestriction, SegmentEncoder } = require('@iabtechlabtcf/core');
const { GppModel } = require('@iabgpp/cmpapi');

const lines = () => require('fs').readFileSync(0, 'utf8').split('\n').filter((l) => l !== '');

// a generator that is the same everywhere (mulberry32)
function random(seed) {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

// a list of ids, or of ranges where there are more than 4000
function put(fields, key, ids) {
  ids = [...new Set(ids)].sort((a, b) => a - b);
  if (ids.length <= 4000) {
    fields[key] = ids;
    return;
  }
  const ranges = [];
  for (const id of ids) {
    const last = ranges[ranges.length - 1];
    if (last && last[1] + 1 === id) last[1] = id;
    else ranges.push([id, id]);
  }
  fields[key + 'Ranges'] = ranges;
}

function vectorOf(vector) {
  const ids = [];
  vector.forEach((value, id) => { if (value) ids.push(id); });
  return ids;
}

function restrictions(model) {
  const list = [];
  for (const r of model.publisherRestrictions.getRestrictions()) {
    const entry = { purposeId: r.purposeId, restrictionType: r.restrictionType };
    put(entry, 'vendors', model.publisherRestrictions.getVendors(r));
    list.push(entry);
  }
  return list;
}

function fieldsOf(string) {
  const m = TCString.decode(string);
  const present = new Set(string.split('.').slice(1).map((s) => Buffer.from(s, 'base64url')[0] >> 5));
  const f = {
    version: m.version, created: m.created.toISOString(), lastUpdated: m.lastUpdated.toISOString(), cmpId: m.cmpId,
    cmpVersion: m.cmpVersion, consentScreen: m.consentScreen, consentLanguage: m.consentLanguage,
    vendorListVersion: m.vendorListVersion, tcfPolicyVersion: m.policyVersion, isServiceSpecific: m.isServiceSpecific,
    useNonStandardTexts: m.useNonStandardTexts, specialFeatureOptins: vectorOf(m.specialFeatureOptins),
    purposeConsents: vectorOf(m.purposeConsents), purposeLI: vectorOf(m.purposeLegitimateInterests),
    purposeOneTreatment: m.purposeOneTreatment, publisherCC: m.publisherCountryCode,
    publisherRestrictions: restrictions(m), vendorsDisclosed: null, vendorsAllowed: null, publisherTC: null,
  };
  put(f, 'vendorConsents', vectorOf(m.vendorConsents));
  put(f, 'vendorLI', vectorOf(m.vendorLegitimateInterests));
  if (present.has(1)) { delete f.vendorsDisclosed; put(f, 'vendorsDisclosed', vectorOf(m.vendorsDisclosed)); }
  if (present.has(2)) { delete f.vendorsAllowed; put(f, 'vendorsAllowed', vectorOf(m.vendorsAllowed)); }
  if (present.has(3)) {
    f.publisherTC = {
      purposeConsents: vectorOf(m.publisherConsents), purposeLI: vectorOf(m.publisherLegitimateInterests),
      numCustomPurposes: m.numCustomPurposes, customConsents: vectorOf(m.publisherCustomConsents),
      customLI: vectorOf(m.publisherCustomLegitimateInterests),
    };
  }
  return f;
}

// vendors in stretches of yes and no
function someVendors(rnd, most) {
  const ids = [];
  for (let id = 1 + rnd(8); id <= most; id++) {
    if (rnd(3) > 0) ids.push(id);
    if (rnd(12) === 0) {
      const end = Math.min(most, id + rnd(200));
      for (; id < end; id++) ids.push(id);
      id += rnd(100);
    }
  }
  return ids;
}

function encodeTc(rnd) {
  const m = new TCModel();
  const most = [0, 10, 300, 1500, 5000][rnd(5)];
  const some = (n) => { const ids = []; for (let i = 1; i <= n; i++) if (rnd(2)) ids.push(i); return ids; };
  m.cmpId = 2 + rnd(4000); m.cmpVersion = rnd(4096); m.consentScreen = rnd(64);
  m.consentLanguage = ['EN', 'DE', 'FR', 'ES'][rnd(4)]; m.publisherCountryCode = ['DE', 'AT', 'IE'][rnd(3)];
  m.policyVersion = rnd(6); m.isServiceSpecific = rnd(4) > 0; m.useNonStandardTexts = rnd(2) > 0;
  m.purposeOneTreatment = rnd(2) > 0;
  m.specialFeatureOptins.set(some(12)); m.purposeConsents.set(some(24)); m.purposeLegitimateInterests.set(some(24));
  m.vendorConsents.set(someVendors(rnd, most)); m.vendorLegitimateInterests.set(someVendors(rnd, most));
  m.vendorsDisclosed.set(someVendors(rnd, most));
  m.publisherConsents.set(some(24)); m.publisherLegitimateInterests.set(some(24));
  m.numCustomPurposes = rnd(64);
  m.publisherCustomConsents.set(some(m.numCustomPurposes)); m.publisherCustomLegitimateInterests.set(some(m.numCustomPurposes));
  for (let i = rnd(6); i > 0; i--) {
    const restriction = new PurposeRestriction(2 + rnd(10), rnd(3));
    for (const id of someVendors(rnd, Math.min(most, 300))) m.publisherRestrictions.add(id, restriction);
  }
  // the encoder asks a vendor list which ids are gaps: none is
  m.publisherRestrictions.gvl_ = { vendorIds: new Set(Array.from({ length: 5000 }, (_, i) => i + 1)) };
  m.created = m.lastUpdated = new Date(Date.UTC(2021 + rnd(5), rnd(12), 1 + rnd(28)));
  m.vendorListVersion_ = rnd(4096);
  const text = ['core', 'vendorsDisclosed', 'publisherTC'].filter((s) => s === 'core' || rnd(3) > 0);
  // the model's own encoder insists on a whole vendor list; that of segments does not
  return text.map((s) => SegmentEncoder.encode(m, s)).join('.');
}

const US = ['usnat', 'usca', 'usva', 'usco', 'usut', 'usct', 'usfl', 'usmt', 'usor', 'ustx', 'usde', 'usia', 'usne', 'usnh',
  'usnj', 'ustn', 'usmn', 'usmd', 'usin', 'usky', 'usri'];

function encodeGpp(rnd) {
  const gpp = new GppModel();
  const sections = US.filter(() => rnd(6) === 0);
  for (const name of sections.length ? sections : ['usnat']) {
    gpp.setFieldValue(name, 'SaleOptOut', rnd(3));
    const section = gpp.toObject()[name];
    for (const [field, value] of Object.entries(section)) {
      if (/Version$|GpcSegmentType/.test(field)) continue;
      if (field === 'Gpc') gpp.setFieldValue(name, field, rnd(2) > 0);
      else if (Array.isArray(value)) gpp.setFieldValue(name, field, value.map(() => rnd(3)));
      else if (typeof value === 'number') gpp.setFieldValue(name, field, /^Mspa(Covered|Opt|Service)/.test(field) ? 1 + rnd(2) : rnd(3));
    }
  }
  const string = gpp.encode();
  const again = new GppModel(string);
  return { string, fields: { header: { version: 1, sectionIds: again.getSectionIds() }, sections: again.toObject() } };
}

const [mode, ...args] = process.argv.slice(2);
if (mode === 'decode') {
  for (const line of lines()) console.log(JSON.stringify(fieldsOf(line)));
} else if (mode === 'encode-tc') {
  const rnd = random(+args[0]);
  for (let i = 0; i < +args[1]; i++) {
    const string = encodeTc(rnd);
    console.log(JSON.stringify({ string, fields: fieldsOf(string) }));
  }
} else if (mode === 'encode-gpp') {
  const rnd = random(+args[0]);
  for (let i = 0; i < +args[1]; i++) console.log(JSON.stringify(encodeGpp(rnd)));
} else if (mode === 'time') {
  const strings = lines();
  const decode = (s) => (s[0] === 'D' ? new GppModel(s).toObject() : TCString.decode(s));
  const times = [];
  for (let round = 0; round < +args[0] + 1; round++) {
    const start = process.hrtime.bigint();
    for (const s of strings) decode(s);
    times.push(Number(process.hrtime.bigint() - start) / 1000 / strings.length);
  }
  // the first round is for the compiler
  times.shift();
  console.log(times.sort((a, b) => a - b)[times.length >> 1].toFixed(3));
} else {
  console.error('usage: reference.cjs decode | encode-tc SEED COUNT | encode-gpp SEED COUNT | time ROUNDS');
  process.exit(2);
}
