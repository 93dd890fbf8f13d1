#include "tests/sim/store.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace podreach::sim {
namespace {

using nlohmann::json;

std::vector<std::string> OwnersOf(const json& metadata) {
  std::vector<std::string> owners;
  if (!metadata.contains("ownerReferences")) return owners;
  for (const json& owner : metadata.at("ownerReferences")) owners.push_back(owner.value("uid", ""));
  return owners;
}

bool IsCoreGroup(const std::string& group_version) {
  return group_version.find('/') == std::string::npos;
}

}  // namespace

std::string UidText(std::uint64_t number) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "51b00000-0000-4000-8000-%012" PRIx64, number);
  return text.data();
}

std::string TimeText() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string Resource::Path() const {
  return (IsCoreGroup(group_version) ? "/api/" : "/apis/") + group_version + "/" + plural;
}

Collection& Store::Of(const Resource& resource) {
  const auto [found, added] =
      collections_.try_emplace(std::pair{resource.group_version, resource.plural});
  if (added) found->second.resource = resource;
  return found->second;
}

Collection* Store::Find(std::string_view group_version, std::string_view plural) {
  const auto found = collections_.find({std::string(group_version), std::string(plural)});
  return found == collections_.end() ? nullptr : &found->second;
}

Object& Store::Create(Collection& collection, json object) {
  json& metadata = object["metadata"];
  const ObjectKey key{collection.resource.namespaced ? metadata.value("namespace", "") : "",
                      metadata.at("name").get<std::string>()};
  Object stored;
  stored.number = NextNumber();
  stored.version = ++version_;
  stored.labels = labels_.AddJson(metadata.value("labels", json()));
  if (!loading_) {
    for (const std::string& owner : OwnersOf(metadata))
      owned_.emplace(owner, std::pair{&collection, key});
  }
  object["apiVersion"] = collection.resource.group_version;
  object["kind"] = collection.resource.kind;
  metadata["uid"] = UidText(stored.number);
  metadata["resourceVersion"] = std::to_string(stored.version);
  metadata["creationTimestamp"] = TimeText();
  stored.raw = object.dump();
  Object& kept = collection.objects.insert_or_assign(key, std::move(stored)).first->second;
  Tell(collection, key, kept, "ADDED");
  return kept;
}

Object& Store::CreatePod(Collection& collection, const ObjectKey& key, PodText text,
                         std::uint32_t labels, std::uint32_t pod) {
  Object stored;
  stored.number = text.uid;
  stored.version = ++version_;
  stored.labels = labels;
  stored.pod_text = std::move(text);
  stored.pod_text->version = stored.version;
  stored.pod = pod;
  return collection.objects.insert_or_assign(key, std::move(stored)).first->second;
}

void Store::Update(Collection& collection, const ObjectKey& key, json object) {
  Object& stored = collection.objects.at(key);
  stored.version = ++version_;
  object["metadata"]["resourceVersion"] = std::to_string(stored.version);
  stored.labels = labels_.AddJson(object["metadata"].value("labels", json()));
  stored.raw = object.dump();
  stored.pod_text.reset();
  Tell(collection, key, stored, "MODIFIED");
}

void Store::Delete(Collection& collection, const ObjectKey& key) {
  const auto found = collection.objects.find(key);
  if (found == collection.objects.end()) return;
  ++version_;
  Tell(collection, key, found->second, "DELETED");
  collection.objects.erase(found);
}

void Store::Tell(Collection& collection, const ObjectKey& key, const Object& object,
                 std::string_view type) {
  if (loading_) return;
  Event event{version_, key, object.labels, {}};
  event.line = "{\"type\":\"" + std::string(type) + "\",\"object\":";
  Render(object, event.line);
  event.line += "}\n";
  collection.history.push_back(std::move(event));
  if (collection.history.size() > kMaxHistory) {
    collection.oldest_version = collection.history.front().version;
    collection.history.pop_front();
  }
  if (listener_) listener_(collection, collection.history.back());
}

void Store::Render(const Object& object, std::string& out) const {
  object.pod_text ? pod_texts_.Render(*object.pod_text, out) : (void)(out += object.raw);
}

std::vector<std::pair<Collection*, ObjectKey>> Store::OwnedBy(const std::string& uid) {
  std::vector<std::pair<Collection*, ObjectKey>> owned;
  const auto [begin, end] = owned_.equal_range(uid);
  for (auto item = begin; item != end; ++item) owned.push_back(item->second);
  owned_.erase(begin, end);
  return owned;
}

json Store::Json(const Object& object) const {
  std::string text;
  Render(object, text);
  return json::parse(text);
}

std::string Store::List(const Collection& collection, const ListQuery& query) const {
  std::string out = "{\"kind\":\"" + collection.resource.kind + "List\",\"apiVersion\":\"" +
                    collection.resource.group_version + "\",\"items\":[";
  const auto in_scope = [&](const auto& item) {
    return item != collection.objects.end() && (query.ns.empty() || item->first.first == query.ns);
  };
  const auto matches = [&](const Object& object) {
    return !query.labels || query.labels->Matches(labels_.At(object.labels));
  };
  ObjectKey start{query.ns, ""};
  if (const std::size_t slash = query.after.find('/'); slash != std::string::npos)
    start = {query.after.substr(0, slash), query.after.substr(slash + 1)};
  auto item = query.after.empty() ? collection.objects.lower_bound(start)
                                  : collection.objects.upper_bound(start);
  std::size_t count = 0;
  std::string next;
  ObjectKey last;
  for (; in_scope(item); ++item) {
    if (!matches(item->second)) continue;
    if (query.limit != 0 && count == query.limit) {
      next = last.first + "/" + last.second;
      break;
    }
    if (count == 1 && query.limit > 1) out.reserve(out.size() * (query.limit + 1));
    if (count++ > 0) out += ',';
    Render(item->second, out);
    last = item->first;
  }
  out += "],\"metadata\":{\"resourceVersion\":\"" + std::to_string(version_) + "\"";
  if (!next.empty()) out += ",\"continue\":\"" + next + "\"";
  return out + "}}";
}

}  // namespace podreach::sim
