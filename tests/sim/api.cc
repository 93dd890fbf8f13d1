#include "tests/sim/api.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "tests/sim/resources.h"
#include "tests/sim/truth.h"
#include "tests/sim/url.h"
#include "tests/sim/watch_stream.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

Response Json(unsigned status, const json& body) {
  Response response;
  response.status = status;
  response.body = body.dump();
  return response;
}

Response Text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

Response NotFound(const std::string& what) {
  return StatusResponse(404, "NotFound", what + " not found");
}

std::string GroupOf(const std::string& group_version) {
  const std::size_t slash = group_version.find('/');
  return slash == std::string::npos ? "" : group_version.substr(0, slash);
}

std::string VerbOf(const std::string& method, bool named, const std::string& sub, bool watch) {
  if (method == "POST") return "create";
  if (method == "PATCH") return "patch";
  if (method == "PUT") return "update";
  if (method == "DELETE") return named ? "delete" : "deletecollection";
  if (sub == "log") return "log";
  if (named) return "get";
  return watch ? "watch" : "list";
}

}  // namespace

Api::Api(boost::asio::io_context& context, World& world, Kubelets& kubelets, Accounts& accounts,
         Faults& faults)
    : context_(context), world_(world), kubelets_(kubelets), accounts_(accounts), faults_(faults) {
  world_.store.Listen([this](const Collection& collection, const Event& event) {
    for (const auto& watch : watches_) {
      if (const auto stream = watch.lock()) stream->Tell(collection, event);
    }
  });
}

Api::Call Api::Parse(const Request& request) const {
  Call call;
  call.request = &request;
  const std::size_t mark = request.target.find('?');
  call.info.path = request.target.substr(0, mark);
  if (mark != std::string::npos) call.query = ParseQuery(request.target.substr(mark + 1));
  std::vector<std::string> parts = PathParts(call.info.path);
  std::size_t at = 0;
  if (parts.size() >= 2 && parts[0] == "api") {
    call.group_version = parts[1];
    at = 2;
  } else if (parts.size() >= 3 && parts[0] == "apis") {
    call.group_version = parts[1] + "/" + parts[2];
    at = 3;
  } else {
    call.info.verb = "get";
    return call;
  }
  // "namespaces/shop/pods", but "namespaces/shop" is the namespace itself.
  if (parts.size() >= at + 3 && parts[at] == "namespaces" && parts[at + 2] != "status") {
    call.info.object.first = parts[at + 1];
    at += 2;
  }
  if (parts.size() > at) call.info.resource = parts[at];
  if (parts.size() > at + 1) call.info.object.second = parts[at + 1];
  if (parts.size() > at + 2) call.sub = parts[at + 2];
  const bool watch = call.query.contains("watch") && call.query.at("watch") != "0" &&
                     call.query.at("watch") != "false";
  call.info.verb = call.info.resource.empty()
                       ? "get"
                       : VerbOf(request.method, !call.info.object.second.empty(), call.sub, watch);
  call.collection = world_.store.Find(call.group_version, call.info.resource);
  return call;
}

Response Api::Handle(const Request& request) {
  Call call = Parse(request);
  if (call.info.path.starts_with("/sim/")) return Own(call);
  accounts_.Request(call.info.verb,
                    call.info.resource.empty() ? call.info.path : call.info.resource);
  if (auto instead = faults_.Instead(call.info)) return *std::move(instead);
  Response response;
  try {
    response = Answer(call);
  } catch (const json::exception& error) {
    response = StatusResponse(400, "BadRequest", error.what());
  }
  faults_.Spoil(call.info, response);
  accounts_.Sent(response.body.size());
  return response;
}

Response Api::Own(const Call& call) const {
  if (call.info.path == "/sim/summary") return Json(200, accounts_.Summary());
  if (call.info.path == "/sim/truth") return Text(AnswerTruth(world_.cluster, call.request->body));
  return NotFound(call.info.path);
}

Response Api::Answer(Call& call) {
  if (call.info.resource.empty()) return Discovery(call);
  if (call.info.resource == "selfsubjectaccessreviews") {
    json review = json::parse(call.request->body);
    review["status"] = {{"allowed", true}};
    return Json(201, review);
  }
  if (call.collection == nullptr)
    return StatusResponse(404, "NotFound", "the server could not find the requested resource");
  const std::string& verb = call.info.verb;
  if (verb == "list") return List(call);
  if (verb == "watch") return Watch(call);
  if (verb == "create") return Create(call);
  if (verb == "deletecollection") return DeleteCollection(call);
  if (!call.collection->objects.contains(call.info.object))
    return NotFound(call.info.resource + " \"" + call.info.object.second + "\"");
  if (verb == "log") return Log(call);
  if (verb == "get") return Get(call);
  if (verb == "patch" || verb == "update") return Patch(call);
  return Delete(call);
}

Response Api::Discovery(const Call& call) const {
  const std::string& path = call.info.path;
  if (path == "/version")
    return Json(200, {{"major", "1"}, {"minor", "34"}, {"gitVersion", "v1.34.0-sim"}});
  if (path == "/healthz" || path == "/readyz" || path == "/livez") return Text("ok");
  if (path == "/apis") {
    std::map<std::string, json> groups;
    for (const auto& [key, collection] : world_.store.all()) {
      const std::string group = GroupOf(key.first);
      if (group.empty()) continue;
      const json version = {{"groupVersion", key.first},
                            {"version", key.first.substr(group.size() + 1)}};
      json& entry = groups[group];
      if (entry.is_null())
        entry = {{"name", group}, {"versions", json::array()}, {"preferredVersion", version}};
      json& versions = entry["versions"];
      if (std::find(versions.begin(), versions.end(), version) == versions.end())
        versions.push_back(version);
    }
    json list = json::array();
    for (auto& [name, group] : groups) list.push_back(std::move(group));
    return Json(200, {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", list}});
  }
  json resources = json::array();
  for (const auto& [key, collection] : world_.store.all()) {
    if (key.first != call.group_version) continue;
    resources.push_back({{"name", key.second},
                         {"kind", collection.resource.kind},
                         {"namespaced", collection.resource.namespaced},
                         {"verbs", {"create", "delete", "get", "list", "patch", "watch"}}});
  }
  if (resources.empty())
    return StatusResponse(404, "NotFound", "the server could not find the requested resource");
  return Json(200, {{"kind", "APIResourceList"},
                    {"groupVersion", call.group_version},
                    {"resources", resources}});
}

Response Api::List(const Call& call) {
  ListQuery query{call.info.object.first, std::nullopt, 0, Value(call.query, "continue")};
  if (const std::string selector = Value(call.query, "labelSelector"); !selector.empty()) {
    query.labels = Selector::ParseQuery(selector, world_.cluster.texts());
    if (!query.labels) return StatusResponse(400, "BadRequest", "unable to parse " + selector);
  }
  if (call.query.contains("fieldSelector"))
    return StatusResponse(400, "BadRequest", "the simulator knows no field selectors");
  if (const std::string limit = Value(call.query, "limit"); !limit.empty())
    query.limit = std::strtoull(limit.c_str(), nullptr, 10);
  Response response;
  response.body = world_.store.List(*call.collection, query);
  return response;
}

Response Api::Watch(const Call& call) {
  std::optional<Selector> selector;
  if (const std::string text = Value(call.query, "labelSelector"); !text.empty()) {
    selector = Selector::ParseQuery(text, world_.cluster.texts());
    if (!selector) return StatusResponse(400, "BadRequest", "unable to parse " + text);
  }
  const auto stream = std::make_shared<WatchStream>(*call.collection, world_.cluster.labels(),
                                                    call.info.object.first, std::move(selector));
  const auto version = std::strtoull(Value(call.query, "resourceVersion").c_str(), nullptr, 10);
  if (version == 0) {
    for (const auto& [key, object] : call.collection->objects) {
      Event event{object.version, key, object.labels, "{\"type\":\"ADDED\",\"object\":"};
      world_.store.Render(object, event.line);
      event.line += "}\n";
      stream->Tell(*call.collection, event);
    }
  } else if (version < call.collection->oldest_version) {
    const json status = {{"kind", "Status"},    {"apiVersion", "v1"},
                         {"status", "Failure"}, {"reason", "Expired"},
                         {"code", 410},         {"message", "too old resource version"}};
    stream->TellLine(json{{"type", "ERROR"}, {"object", status}}.dump() + "\n");
    stream->End();
  } else {
    for (const Event& event : call.collection->history) {
      if (event.version > version) stream->Tell(*call.collection, event);
    }
  }
  std::erase_if(watches_, [](const auto& watch) { return watch.expired(); });
  watches_.push_back(stream);
  if (const auto seconds = std::strtoull(Value(call.query, "timeoutSeconds").c_str(), nullptr, 10);
      seconds > 0) {
    const auto timer =
        std::make_shared<boost::asio::steady_timer>(context_, std::chrono::seconds(seconds));
    timer->async_wait([timer, weak = std::weak_ptr(stream)](const boost::system::error_code&) {
      if (const auto ending = weak.lock()) ending->End();
    });
  }
  Response response;
  response.stream = stream;
  return response;
}

void Api::CloseWatches() {
  for (const auto& watch : watches_) {
    if (const auto stream = watch.lock()) stream->End();
  }
}

Response Api::Get(const Call& call) const {
  Response response;
  world_.store.Render(call.collection->objects.at(call.info.object), response.body);
  return response;
}

Response Api::Log(const Call& call) {
  const std::string follow = Value(call.query, "follow");
  auto stream = kubelets_.ReadLog(call.info.object, follow == "true" || follow == "1",
                                  faults_.OfLog(call.info));
  if (stream == nullptr) {
    return StatusResponse(400, "BadRequest",
                          "container \"probe\" in pod \"" + call.info.object.second +
                              "\" is waiting to start: ContainerCreating");
  }
  Response response;
  response.content_type = "text/plain";
  response.stream = std::move(stream);
  return response;
}

}  // namespace podreach::sim
