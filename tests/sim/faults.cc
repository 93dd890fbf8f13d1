#include "tests/sim/faults.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <fstream>
#include <memory>

namespace podreach::sim {
namespace {

using nlohmann::json;

enum class Stage : std::uint8_t {
  kInstead,  ///< the request is not carried out
  kAfter,    ///< the right reply is changed
  kLog,      ///< the log that is read
  kAction,   ///< something happens in the cluster or to the server
};

struct Kind {
  const char* name;
  Stage stage;
};

/// A new kind is a row here and its branch below.
constexpr std::array<Kind, 14> kKinds = {{{"status", Stage::kInstead},
                                          {"reset", Stage::kInstead},
                                          {"truncate", Stage::kAfter},
                                          {"reset-body", Stage::kAfter},
                                          {"trickle", Stage::kAfter},
                                          {"delay", Stage::kAfter},
                                          {"pad", Stage::kAfter},
                                          {"log-cut", Stage::kLog},
                                          {"log-noise", Stage::kLog},
                                          {"outage", Stage::kAction},
                                          {"close-watches", Stage::kAction},
                                          {"evict", Stage::kAction},
                                          {"restart", Stage::kAction},
                                          {"remove", Stage::kAction}}};

const Kind* KindOf(const json& fault) {
  const std::string name = fault.value("do", "");
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const Kind& kind) { return name == kind.name; });
  return found == kKinds.end() ? nullptr : found;
}

std::chrono::milliseconds Milliseconds(const json& fault, const char* field, std::int64_t other) {
  return std::chrono::milliseconds(fault.value(field, other));
}

const char* ReasonOf(unsigned status) {
  switch (status) {
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 429:
      return "TooManyRequests";
    default:
      return "InternalError";
  }
}

bool Fits(const json& when, const char* field, const std::string& text) {
  const std::string glob = when.value(field, "*");
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

}  // namespace

Response StatusResponse(unsigned status, std::string_view reason, std::string_view message) {
  Response response;
  response.status = status;
  response.body = json{
      {"kind", "Status"},
      {"apiVersion", "v1"},
      {"metadata", json::object()},
      {"status", status < 400 ? "Success" : "Failure"},
      {"message", message},
      {"reason", reason},
      {"code",
       status}}.dump();
  return response;
}

Result<Faults> Faults::Read(const std::filesystem::path& file) {
  Faults faults;
  std::ifstream in(file);
  const json list = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array())
    return MakeError(ErrorKind::kInvalidInput, file.string() + ": not a JSON array of faults");
  for (const json& fault : list) {
    if (!fault.is_object() || KindOf(fault) == nullptr) {
      return MakeError(ErrorKind::kInvalidInput,
                       file.string() + ": no such fault: " + fault.dump());
    }
    faults.faults_.push_back({fault, 0});
  }
  return faults;
}

void Faults::Begin(boost::asio::io_context& context, FaultActions actions) {
  actions_ = std::move(actions);
  start_ = std::chrono::steady_clock::now();
  for (const Fault& fault : faults_) {
    if (!fault.what.contains("at_ms")) continue;
    const auto timer =
        std::make_shared<boost::asio::steady_timer>(context, Milliseconds(fault.what, "at_ms", 0));
    timer->async_wait([this, timer, what = fault.what](const boost::system::error_code& error) {
      if (!error) Act(what, {});
    });
  }
}

bool Faults::Strikes(Fault& fault, const RequestInfo& request) const {
  const json when = fault.what.value("when", json::object());
  if (fault.what.contains("at_ms")) return false;
  if (!Fits(when, "verb", request.verb) || !Fits(when, "resource", request.resource) ||
      !Fits(when, "path", request.path))
    return false;
  if (requests_ < when.value("from_request", std::uint64_t{0})) return false;
  if (std::chrono::steady_clock::now() < start_ + Milliseconds(when, "after_ms", 0)) return false;
  const std::uint64_t skip = when.value("skip", std::uint64_t{0});
  const std::uint64_t times = when.value("times", std::uint64_t{1});
  const std::uint64_t number = fault.matched++;
  return number >= skip && number < skip + times;
}

void Faults::Act(const json& what, const ObjectKey& object) const {
  const std::string kind = what.value("do", "");
  if (kind == "outage") return actions_.outage(Milliseconds(what, "ms", 1000));
  if (kind == "close-watches") return actions_.close_watches();
  const auto& act = kind == "evict"     ? actions_.evict
                    : kind == "restart" ? actions_.restart
                                        : actions_.remove;
  if (!what.contains("pods")) return act(object);
  for (const ObjectKey& key : actions_.created()) {
    if (Fits(what, "pods", key.first + "/" + key.second)) act(key);
  }
}

std::optional<Response> Faults::Instead(const RequestInfo& request) {
  ++requests_;
  for (Fault& fault : faults_) {
    const Kind& kind = *KindOf(fault.what);
    const bool action = kind.stage == Stage::kAction;
    if ((kind.stage != Stage::kInstead && !action) || !Strikes(fault, request)) continue;
    if (action) {
      Act(fault.what, request.object);
      continue;
    }
    Response response;
    if (std::string_view(kind.name) == "reset") {
      response.misbehaviour.kind = Misbehaviour::Kind::kReset;
      return response;
    }
    const auto status = fault.what.value("status", 500U);
    response = StatusResponse(status, fault.what.value("reason", ReasonOf(status)),
                              fault.what.value("message", "the simulator was told to fail"));
    if (fault.what.contains("retry_after"))
      response.headers.emplace_back("Retry-After", fault.what["retry_after"].dump());
    return response;
  }
  return std::nullopt;
}

void Faults::Spoil(const RequestInfo& request, Response& response) {
  for (Fault& fault : faults_) {
    const Kind& kind = *KindOf(fault.what);
    if (kind.stage != Stage::kAfter || !Strikes(fault, request)) continue;
    const std::string_view name = kind.name;
    Misbehaviour& wrong = response.misbehaviour;
    if (name == "delay") {
      response.delay = Milliseconds(fault.what, "ms", 1000);
    } else if (name == "pad") {
      // White space after a JSON text is part of it (RFC 8259 section 2).
      response.body.append(fault.what.value("bytes", std::size_t{1} << 20U), ' ');
    } else {
      wrong.kind = name == "truncate"     ? Misbehaviour::Kind::kTruncate
                   : name == "reset-body" ? Misbehaviour::Kind::kReset
                                          : Misbehaviour::Kind::kTrickle;
      wrong.bytes = fault.what.value("bytes", std::size_t{100});
      wrong.pause = Milliseconds(fault.what, "ms", 100);
    }
  }
}

LogFault Faults::OfLog(const RequestInfo& request) {
  LogFault of_log;
  for (Fault& fault : faults_) {
    const Kind& kind = *KindOf(fault.what);
    if (kind.stage != Stage::kLog || !Strikes(fault, request)) continue;
    if (std::string_view(kind.name) == "log-cut") {
      of_log.cut_after = fault.what.value("bytes", std::size_t{100});
    } else {
      of_log.noise = fault.what.value("line", "a line that no probe wrote");
    }
  }
  return of_log;
}

}  // namespace podreach::sim
