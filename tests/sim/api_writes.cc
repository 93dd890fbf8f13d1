#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "tests/sim/api.h"
#include "tests/sim/resources.h"
#include "tests/sim/url.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

/// Until the garbage collector has seen that an owner is gone.
constexpr std::chrono::milliseconds kCollectorDelay{500};

Response Written(unsigned status, const Store& store, const Object& object) {
  Response response;
  response.status = status;
  store.Render(object, response.body);
  return response;
}

Response Deleted() { return StatusResponse(200, "", "deleted"); }

bool IsPods(const Collection& collection) { return collection.resource.kind == "Pod"; }

}  // namespace

std::optional<Response> Api::Admit(const Call& call, json& object) {
  Collection& collection = *call.collection;
  json& metadata = object["metadata"];
  if (collection.resource.namespaced) {
    metadata["namespace"] = call.info.object.first;
    if (!world_.store.Of(BuiltIn("Namespace")).objects.contains({"", call.info.object.first}))
      return StatusResponse(404, "NotFound",
                            "namespaces \"" + call.info.object.first + "\" not found");
  }
  if (metadata.value("name", "").empty() && metadata.contains("generateName")) {
    metadata["name"] = metadata["generateName"].get<std::string>() +
                       std::to_string(10000 + world_.store.NextNumber());
  }
  const ObjectKey key{call.info.object.first, metadata.at("name").get<std::string>()};
  if (collection.objects.contains(key)) {
    return StatusResponse(409, "AlreadyExists",
                          call.info.resource + " \"" + key.second + "\" already exists");
  }
  if (!IsPods(collection)) return std::nullopt;
  if (const auto refusal = kubelets_.Refuse(key.first)) {
    return StatusResponse(403, "Forbidden",
                          "pods \"" + key.second + "\" is forbidden: " + *refusal);
  }
  object["spec"] = DefaultedSpec(object.at("spec"));
  object["status"] = {{"phase", "Pending"}, {"qosClass", "Burstable"}};
  return std::nullopt;
}

Response Api::Create(const Call& call) {
  json object = json::parse(call.request->body);
  if (auto refused = Admit(call, object)) return *std::move(refused);
  Collection& collection = *call.collection;
  const std::string name = object.at("metadata").at("name").get<std::string>();
  const ObjectKey key{call.info.object.first, name};
  if (collection.resource.kind == "Namespace") {
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    object["status"] = {{"phase", "Active"}};
  }
  if (collection.resource.kind == "NetworkPolicy") world_.cluster.policies().Add(object);
  const Object& made = world_.store.Create(collection, std::move(object));
  if (collection.resource.kind == "Namespace")
    world_.cluster.policies().SetNamespace(world_.cluster.texts().Add(name), made.labels);
  Response response = Written(201, world_.store, made);
  if (IsPods(collection)) kubelets_.PodCreated(key);
  if (collection.resource.kind == "ConfigMap") kubelets_.ConfigMapChanged(key);
  return response;
}

Response Api::Patch(const Call& call) {
  Collection& collection = *call.collection;
  const ObjectKey& key = call.info.object;
  json object = world_.store.Json(collection.objects.at(key));
  const json body = json::parse(call.request->body);
  if (call.info.verb == "update") {
    object = body;
  } else if (body.is_array()) {
    object = object.patch(body);
  } else {
    object.merge_patch(body);
  }
  world_.store.Update(collection, key, std::move(object));
  Response response = Written(200, world_.store, collection.objects.at(key));
  if (IsPods(collection)) kubelets_.PodChanged(key);
  if (collection.resource.kind == "ConfigMap") kubelets_.ConfigMapChanged(key);
  return response;
}

Response Api::Delete(const Call& call) {
  const Object& object = call.collection->objects.at(call.info.object);
  if (!call.request->body.empty()) {
    const json options = json::parse(call.request->body);
    const std::string uid = options.value(json::json_pointer("/preconditions/uid"), std::string());
    if (!uid.empty() && uid != UidText(object.number)) {
      return StatusResponse(
          409, "Conflict",
          "the UID in the precondition (" + uid + ") does not match the UID in record");
    }
  }
  Remove(*call.collection, call.info.object);
  return Deleted();
}

Response Api::DeleteCollection(const Call& call) {
  std::optional<Selector> selector;
  if (const std::string text = Value(call.query, "labelSelector"); !text.empty()) {
    selector = Selector::ParseQuery(text, world_.cluster.texts());
    if (!selector) return StatusResponse(400, "BadRequest", "unable to parse " + text);
  }
  const std::string& ns = call.info.object.first;
  auto& objects = call.collection->objects;
  std::vector<ObjectKey> chosen;
  for (auto item = objects.lower_bound({ns, ""});
       item != objects.end() && (ns.empty() || item->first.first == ns); ++item) {
    if (!selector || selector->Matches(world_.cluster.labels().At(item->second.labels)))
      chosen.push_back(item->first);
  }
  for (const ObjectKey& key : chosen) Remove(*call.collection, key);
  return Deleted();
}

void Api::Remove(Collection& collection, const ObjectKey& key) {
  const auto found = collection.objects.find(key);
  if (found == collection.objects.end()) return;
  const Object object = found->second;
  if (collection.resource.kind == "NetworkPolicy")
    world_.cluster.policies().Remove(key.first, key.second);
  world_.store.Delete(collection, key);
  if (IsPods(collection)) kubelets_.PodDeleted(key, object);
  if (collection.resource.kind == "Namespace") RemoveNamespaced(key.second);
  // The garbage collector follows owner references, in the background as clients ask for it.
  const auto timer = std::make_shared<boost::asio::steady_timer>(context_, kCollectorDelay);
  timer->async_wait([this, timer, uid = UidText(object.number)](const boost::system::error_code&) {
    for (const auto& [owned_in, owned] : world_.store.OwnedBy(uid)) Remove(*owned_in, owned);
  });
}

void Api::RemoveNamespaced(const std::string& ns) {
  for (const auto& [name, collection] : world_.store.all()) {
    Collection* const held = world_.store.Find(name.first, name.second);
    std::vector<ObjectKey> keys;
    for (auto item = held->objects.lower_bound({ns, ""});
         item != held->objects.end() && item->first.first == ns; ++item)
      keys.push_back(item->first);
    for (const ObjectKey& key : keys) Remove(*held, key);
  }
}

}  // namespace podreach::sim
