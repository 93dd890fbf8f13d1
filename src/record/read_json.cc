#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "podreach/record/record_json.h"

namespace podreach {
namespace {

using Json = nlohmann::json;

/// What keeps a text from being a record. Thrown and caught in this file alone.
struct Malformed {
  std::string what;
};

[[noreturn]] void Refuse(const std::string& path, const std::string& what) {
  throw Malformed{path + ": " + what};
}

const Json& At(const Json& object, const char* key, const std::string& path) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end()) Refuse(path + "." + key, "it is missing");
  return *found;
}

std::string Text(const Json& object, const char* key, const std::string& path) {
  const Json& value = At(object, key, path);
  if (!value.is_string()) Refuse(path + "." + key, "not a text");
  return value.get<std::string>();
}

std::uint64_t Number(const Json& value, const std::string& path,
                     std::uint64_t below = ~std::uint64_t{0}) {
  if (!value.is_number_unsigned()) Refuse(path, "not a whole number");
  const auto number = value.get<std::uint64_t>();
  if (number >= below) Refuse(path, "out of bounds: " + std::to_string(number));
  return number;
}

std::uint64_t Number(const Json& object, const char* key, const std::string& path,
                     std::uint64_t below = ~std::uint64_t{0}) {
  return Number(At(object, key, path), path + "." + key, below);
}

bool Flag(const Json& object, const char* key, const std::string& path) {
  const Json& value = At(object, key, path);
  if (!value.is_boolean()) Refuse(path + "." + key, "neither true nor false");
  return value.get<bool>();
}

const Json& List(const Json& object, const char* key, const std::string& path) {
  const Json& value = At(object, key, path);
  if (!value.is_array()) Refuse(path + "." + key, "not a list");
  return value;
}

std::vector<std::string> Texts(const Json& object, const char* key, const std::string& path) {
  std::vector<std::string> texts;
  for (const Json& value : List(object, key, path)) {
    if (!value.is_string()) Refuse(path + "." + key, "not a list of texts");
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

/// A word that `parse` knows.
template <class Parse>
auto Word(const Json& object, const char* key, const std::string& path, const Parse& parse) {
  const std::string word = Text(object, key, path);
  const auto value = parse(word);
  if (!value) Refuse(path + "." + key, "no such word: " + word.substr(0, 40));
  return *value;
}

IpAddress Address(const Json& object, const char* key, const std::string& path) {
  return Word(object, key, path, [](const std::string& text) { return IpAddress::Parse(text); });
}

Share ReadShare(const Json& object, const char* key, const std::string& path) {
  const Json& share = At(object, key, path);
  const std::string at = path + "." + key;
  return {Number(share, "of", at), Number(share, "have", at)};
}

Coverage ReadCoverage(const Json& json) {
  const std::string path = "coverage";
  Coverage coverage;
  coverage.cells = ReadShare(json, "cells", path);
  coverage.pods = ReadShare(json, "pods", path);
  coverage.workloads = ReadShare(json, "workloads", path);
  coverage.namespaces = ReadShare(json, "namespaces", path);
  coverage.vantages = ReadShare(json, "vantages", path);
  coverage.swept = ReadShare(json, "swept_groups", path);
  coverage.swept_next = Texts(json, "swept_next", path);
  for (const Json& one : List(json, "not_covered", path)) {
    const std::string at = "coverage.not_covered";
    coverage.missing.push_back(
        {Text(one, "what", at), Text(one, "reason", at), Text(one, "why", at)});
  }
  return coverage;
}

ScanInfo ReadInfo(const Json& json) {
  const std::string path = "scan";
  ScanInfo info;
  info.cluster = Text(json, "cluster", path);
  info.server_version = Text(json, "server_version", path);
  info.scan_id = Text(json, "scan_id", path);
  info.started = Text(json, "started", path);
  info.depth = Text(json, "depth", path);
  info.scope = Text(json, "scope", path);
  info.rotation = Number(json, "rotation", path);
  info.enumerated = Flag(json, "enumerated", path);
  info.incomplete = Flag(json, "incomplete", path);
  info.left_behind = Flag(json, "left_behind", path);
  for (const Json& phase : List(json, "phases", path)) {
    constexpr std::uint64_t kLongest = std::uint64_t{1} << 40U;
    info.phases.emplace_back(
        Text(phase, "name", "scan.phases"),
        std::chrono::milliseconds(Number(phase, "milliseconds", "scan.phases", kLongest)));
  }
  info.api_requests = Number(json, "api_requests", path);
  info.attempts = Number(json, "attempts", path);
  info.probes = Number(json, "probes", path);
  return info;
}

Finding ReadFinding(const Json& json, const std::string& path) {
  return {.kind = Word(json, "kind", path, ParseFindingKind),
          .id = Text(json, "id", path),
          .severity = Word(json, "severity", path, ParseSeverity),
          .title = Text(json, "title", path),
          .evidence = Texts(json, "evidence", path),
          .policies = Texts(json, "policies", path),
          .remedy = Text(json, "remedy", path),
          .references = Texts(json, "references", path)};
}

CellKind ReadKind(const Json& json, const std::string& path) {
  CellKind kind;
  kind.expectation = Word(json, "expectation", path, ParseExpectation);
  kind.basis = Word(json, "basis", path, ParseBasis);
  kind.outcome = Word(json, "outcome", path, ParseOutcome);
  kind.seen = Word(json, "seen", path, ParseOutcome);
  kind.verdict = Word(json, "verdict", path, ParseVerdict);
  kind.reason = Word(json, "reason", path, ParseReason);
  if (json.contains("unsure")) kind.unsure = Flag(json, "unsure", path);
  if (json.contains("not_probed")) kind.why = Word(json, "not_probed", path, ParseNotProbed);
  return kind;
}

ServiceIdentity ReadService(const Json& json, const std::string& path) {
  ServiceIdentity service{.name = Text(json, "name", path),
                          .product = Text(json, "product", path),
                          .version = Text(json, "version", path),
                          .access = Word(json, "access", path, ParseAccess),
                          .evidence = Text(json, "evidence", path),
                          .tls = {}};
  if (!json.contains("tls")) return service;
  const Json& tls = At(json, "tls", path);
  const std::string at = path + ".tls";
  service.tls = {Text(tls, "version", at),
                 Text(tls, "alpn", at),
                 Text(tls, "subject", at),
                 Text(tls, "issuer", at),
                 Texts(tls, "names", at),
                 Text(tls, "expires", at),
                 Word(tls, "client_certificate", at, ParseClientCertificate)};
  return service;
}

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  ScanRecord Read() {
    if (Text(json_, "schema", "record") != "podreach.io/scan/v2")
      Refuse("schema", "not podreach.io/scan/v2");
    record_.info = ReadInfo(At(json_, "scan", "record"));
    record_.enforcement = Word(json_, "enforcement", "record", ParseEnforcement);
    record_.coverage = ReadCoverage(At(json_, "coverage", "record"));
    Each("findings", [&](const Json& one, const std::string& path) {
      record_.findings.push_back(ReadFinding(one, path));
    });
    Each("gaps", [&](const Json& one, const std::string& path) {
      record_.gaps.push_back({Text(one, "resource", path), Text(one, "reason", path)});
    });
    Each("groups", [&](const Json& one, const std::string& path) {
      record_.groups.push_back({Text(one, "namespace", path), Text(one, "workload", path),
                                Number32(one, "pods", path), Number32(one, "asked", path)});
    });
    vantages_ = List(json_, "vantages", "record").size();
    ReadPlaces();
    NameServices();
    ReadBackendsAndControls();
    ReadTables();
    Each("vantages", [&](const Json& one, const std::string& path) { ReadVantage(one, path); });
    return std::move(record_);
  }

 private:
  template <class Take>
  void Each(const char* key, const Take& take) {
    std::size_t i = 0;
    for (const Json& one : List(json_, key, "record"))
      take(one, std::string(key) + "[" + std::to_string(i++) + "]");
  }

  static std::uint32_t Number32(const Json& object, const char* key, const std::string& path,
                                std::uint64_t below = std::uint64_t{1} << 32U) {
    return static_cast<std::uint32_t>(Number(object, key, path, below));
  }

  void ReadPlaces() {
    Each("places", [&](const Json& one, const std::string& path) {
      Place place{.kind = Word(one, "kind", path, ParseTargetKind),
                  .address = Address(one, "address", path),
                  .ns = Text(one, "namespace", path),
                  .workload = Text(one, "workload", path),
                  .name = Text(one, "name", path),
                  .node = Text(one, "node", path)};
      if (one.contains("group"))
        place.group = GroupId{Number32(one, "group", path, record_.groups.size())};
      if (one.contains("probe")) place.probe = VantageId{Number32(one, "probe", path, vantages_)};
      const PlaceId id{static_cast<std::uint32_t>(record_.places.size())};
      for (const std::string& text : Texts(one, "ports", path))
        record_.targets.push_back(ReadTarget(text, id, path + ".ports"));
      record_.places.push_back(std::move(place));
    });
  }

  static Target ReadTarget(std::string_view text, PlaceId place, const std::string& path) {
    const auto slash = text.find('/');
    const auto blank = text.find(' ');
    const auto port = Port::Parse(text.substr(0, slash));
    const auto protocol = slash == std::string_view::npos
                              ? std::nullopt
                              : ParseProtocol(text.substr(slash + 1, blank - slash - 1));
    const auto word = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    const bool known =
        blank == std::string_view::npos || word == "declared" || word == "undeclared";
    if (!port || !protocol || !known)
      Refuse(path, "not a port: " + std::string(text.substr(0, 40)));
    return {.place = place,
            .protocol = *protocol,
            .port = *port,
            .declared = word == "declared",
            .undeclared = word == "undeclared"};
  }

  void NameServices() {
    const auto name = [](Target& target, const Json& entry, const std::string& path) {
      target.service = Text(entry, "service", path);
      target.sensitive = Flag(entry, "sensitive", path);
    };
    const Json& catalogue = At(json_, "catalogue", "record");
    if (!catalogue.is_object()) Refuse("catalogue", "not an object");
    for (Target& target : record_.targets) {
      const auto found = catalogue.find(PortText(target));
      if (found != catalogue.end()) name(target, *found, "catalogue");
    }
    const Json& of_targets = At(json_, "catalogue_of_targets", "record");
    if (!of_targets.is_object()) Refuse("catalogue_of_targets", "not an object");
    for (const auto& [key, entry] : of_targets.items()) {
      const auto ids = ReadIds<TargetId>(key, record_.targets.size(), "catalogue_of_targets");
      for (const TargetId id : ids) name(record_.targets[Index(id)], entry, "catalogue_of_targets");
    }
  }

  void ReadBackendsAndControls() {
    Each("backends", [&](const Json& one, const std::string& path) {
      auto& list = record_.backends[TargetId{Number32(one, "target", path, Targets())}];
      for (const Json& pod : List(one, "pods", path)) {
        const auto port = Port::From(static_cast<std::uint16_t>(Number(pod, "port", path, 65536)));
        if (!port) Refuse(path, "port 0");
        list.push_back({Text(pod, "workload", path), Address(pod, "address", path), *port});
      }
    });
    Each("controls", [&](const Json& one, const std::string& path) {
      const VantageId vantage{Number32(one, "vantage", path, vantages_)};
      for (const TargetId id : ReadIds<TargetId>(Text(one, "targets", path), Targets(), path))
        record_.controls[id] = vantage;
    });
    Each("services", [&](const Json& one, const std::string& path) {
      record_.services[TargetId{Number32(one, "target", path, Targets())}] = {
          VantageId{Number32(one, "asked_from", path, vantages_)}, ReadService(one, path)};
    });
  }

  void ReadTables() {
    // Each vantage has one ask at most: more of them are an attempt to fill the memory.
    if (List(json_, "asks", "record").size() > vantages_)
      Refuse("asks", "more of them than vantages");
    Each("asks", [&](const Json& one, const std::string& path) {
      if (!one.is_string()) Refuse(path, "not a text");
      record_.asks.push_back(ReadIds<TargetId>(one.get_ref<const std::string&>(), Targets(), path));
    });
    Each("kinds", [&](const Json& one, const std::string& path) {
      record_.kinds.push_back(ReadKind(one, path));
    });
    Each("rules", [&](const Json& one, const std::string& path) {
      const std::string direction = Text(one, "direction", path);
      if (direction != "ingress" && direction != "egress") Refuse(path, "no such direction");
      record_.rules.push_back({direction == "ingress" ? RecordedRule::Direction::kIngress
                                                      : RecordedRule::Direction::kEgress,
                               Text(one, "policy", path), Text(one, "field", path),
                               Text(one, "text", path), Text(one, "place", path)});
    });
    Each("evidence", [&](const Json& one, const std::string& path) {
      record_.evidence.push_back(ReadEvidence(one, path));
    });
  }

  Evidence ReadEvidence(const Json& json, const std::string& path) const {
    if (!json.is_object()) Refuse(path, "not an object");
    Evidence evidence;
    if (json.contains("icmp")) {
      const Json& icmp = At(json, "icmp", path);
      evidence.icmp = {Address(icmp, "from", path),
                       static_cast<std::uint8_t>(Number(icmp, "type", path, 256)),
                       static_cast<std::uint8_t>(Number(icmp, "code", path, 256))};
    }
    if (json.contains("errno"))
      evidence.error_number = static_cast<int>(Number(json, "errno", path, 4096));
    if (json.contains("rules")) {
      for (const Json& rule : List(json, "rules", path)) {
        evidence.rules.push_back(
            static_cast<std::uint32_t>(Number(rule, path + ".rules", record_.rules.size())));
      }
    }
    return evidence;
  }

  void ReadVantage(const Json& json, const std::string& path) {
    RecordedVantage vantage{.kind = Word(json, "kind", path, ParseVantageKind),
                            .ns = Text(json, "namespace", path),
                            .name = Text(json, "name", path),
                            .pod = Text(json, "pod", path),
                            .node = Text(json, "node", path),
                            .labels = {},
                            .stands_for = Texts(json, "stands_for", path),
                            .fault = json.contains("fault") ? Text(json, "fault", path) : "",
                            .row = {}};
    const Json& labels = At(json, "labels", path);
    if (!labels.is_object()) Refuse(path + ".labels", "not an object");
    for (const auto& [key, value] : labels.items()) {
      if (!value.is_string()) Refuse(path + ".labels", "not a text");
      vantage.labels[key] = value.get<std::string>();
    }
    if (json.contains("cells")) vantage.row = ReadRow(json, path);
    record_.vantages.push_back(std::move(vantage));
  }

  RecordedRow ReadRow(const Json& json, const std::string& path) const {
    RecordedRow row;
    row.ask = Number32(json, "ask", path, record_.asks.size());
    row.cells = CellRuns(Text(json, "cells", path));
    std::uint64_t cells = 0;
    bool known = true;
    const bool sound = row.cells.ForEach([&](std::uint32_t kind, std::uint32_t count) {
      known = known && kind < record_.kinds.size();
      cells += count;
    });
    const std::size_t asked = record_.asks[row.ask].size();
    if (!sound || !known || cells != asked)
      Refuse(path + ".cells", "not the runs of " + std::to_string(asked) + " cells");
    std::uint64_t end = 0;
    for (const Json& run : List(json, "evidence", path)) {
      const std::string at = path + ".evidence";
      if (!run.is_array() || run.size() != 3) Refuse(at, "not a run of three numbers");
      const auto first = static_cast<std::uint32_t>(Number(run[0], at, asked));
      const auto count = static_cast<std::uint32_t>(Number(run[1], at, asked - first + 1));
      const auto which = Number(run[2], at, record_.evidence.size());
      if (first < end || count == 0) Refuse(at, "runs that overlap or are empty");
      end = std::uint64_t{first} + count;
      row.evidence.push_back({first, count, static_cast<std::uint32_t>(which)});
    }
    return row;
  }

  /// "0-99,120", each below `below`.
  template <class Id>
  static std::vector<Id> ReadIds(std::string_view text, std::size_t below,
                                 const std::string& path) {
    std::vector<Id> ids;
    const auto take = [&] {
      std::uint32_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || number >= below) Refuse(path, "no such number");
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      return number;
    };
    while (!text.empty()) {
      const std::uint32_t first = take();
      std::uint32_t last = first;
      if (!text.empty() && text.front() == '-') {
        text.remove_prefix(1);
        last = take();
      }
      // Every target comes once in an ask: more than there are is an attempt to fill the memory.
      if (last < first || ids.size() + (last - first) >= below) Refuse(path, "a range is wrong");
      for (std::uint32_t id = first; id <= last; ++id) ids.push_back(Id{id});
      if (text.empty()) break;
      if (text.front() != ',' || text.size() == 1) Refuse(path, "not a list of numbers");
      text.remove_prefix(1);
    }
    return ids;
  }

  [[nodiscard]] std::size_t Targets() const { return record_.targets.size(); }

  const Json& json_;
  ScanRecord record_;
  std::size_t vantages_ = 0;
};

}  // namespace

Result<ScanRecord> ReadRecord(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) {
    return MakeError(ErrorKind::kCorrupt, "the record is not JSON",
                     "give a file that `podreach scan -o json=FILE` wrote");
  }
  try {
    return Reader(json).Read();
  } catch (const Malformed& malformed) {
    return MakeError(ErrorKind::kCorrupt, "the record is malformed: " + malformed.what,
                     "give a file that `podreach scan -o json=FILE` wrote");
  }
}

}  // namespace podreach
