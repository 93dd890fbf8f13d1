#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "podreach/kube/http_transport.h"
#include "podreach/wire/probe_order.h"
#include "podreach/wire/probe_report.h"

namespace podreach {

/// As much of an API server and its kubelets as a fleet needs: objects that can be made, listed,
/// patched and deleted; every pod runs at once, with an address; its log is what `log` writes from
/// the order that its namespace's ConfigMap holds. Thread-safe.
class FakeCluster final : public HttpTransport {
 public:
  using Log = std::function<std::string(const std::string& pod, const ProbeOrder& order)>;

  explicit FakeCluster(Log log) : log_(std::move(log)) {}
  void RefusePodsIn(const std::string& ns) { refuses_.insert(ns); }

  /// What is there, as "shop/pods/podreach-x-0".
  [[nodiscard]] std::set<std::string> objects() const {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> names;
    for (const auto& [name, object] : objects_) names.insert(name);
    return names;
  }

  [[nodiscard]] Result<HttpResponse> Send(const HttpRequest& request,
                                          std::stop_token stop) override {
    if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped");
    const std::scoped_lock lock(mutex_);
    const Place place = Parse(request.path);
    if (request.method == "POST") return Create(place, request.body);
    if (request.method == "GET" && place.name.empty()) return List(place);
    if (place.kind == "namespaces") return Reply(200, {{"status", {{"phase", "Active"}}}});
    const auto found = objects_.find(place.Key());
    if (found == objects_.end()) return Refusal(404, "NotFound", place.Key() + " not found");
    if (request.method == "DELETE") {
      objects_.erase(found);
      return Reply(200, {{"kind", "Status"}, {"status", "Success"}});
    }
    if (request.method == "PATCH") found->second.merge_patch(nlohmann::json::parse(request.body));
    return Reply(200, found->second);
  }

  [[nodiscard]] Result<HttpResponse> Stream(const HttpRequest& request, const StreamSink& sink,
                                            std::stop_token stop) override {
    const Place place = Parse(request.path);
    if (place.name.empty()) return Watch(request.path, sink, stop);
    std::string text;
    {
      const std::scoped_lock lock(mutex_);
      const std::string map = place.name.substr(0, place.name.rfind('-'));
      const auto found = objects_.find(place.ns + "/configmaps/" + map);
      if (found == objects_.end()) return Refusal(404, "NotFound", "no ConfigMap " + map);
      const auto order = ParseOrder(found->second["data"]["order.json"].get<std::string>());
      if (!order) return order.error();
      text = log_(place.name, *order);
    }
    for (std::size_t at = 0; at < text.size(); at += 1000) {
      if (!sink(std::string_view(text).substr(at, 1000))) break;
    }
    return HttpResponse{200, {}, {}};
  }

 private:
  struct Place {
    std::string ns;
    std::string kind;
    std::string name;
    [[nodiscard]] std::string Key() const { return ns + "/" + kind + "/" + name; }
  };

  /// "/api/v1/namespaces/shop/pods/x/log?follow=true" and its shorter forms.
  static Place Parse(const std::string& path) {
    std::vector<std::string> parts;
    std::string part;
    for (const char c : path.substr(0, path.find('?')) + "/") {
      if (c != '/') {
        part += c;
      } else if (!part.empty()) {
        parts.push_back(std::exchange(part, {}));
      }
    }
    parts.erase(parts.begin(), parts.begin() + (parts[0] == "api" ? 2 : 3));
    Place place;
    if (parts.size() > 2 && parts[0] == "namespaces") {
      place.ns = parts[1];
      parts.erase(parts.begin(), parts.begin() + 2);
    }
    place.kind = parts[0];
    if (parts.size() > 1) place.name = parts[1];
    return place;
  }

  static HttpResponse Reply(int status, const nlohmann::json& body) {
    return {status, {{"content-type", "application/json"}}, body.dump()};
  }
  static HttpResponse Refusal(int status, const char* reason, const std::string& message) {
    return Reply(status, {{"kind", "Status"},
                          {"status", "Failure"},
                          {"code", status},
                          {"reason", reason},
                          {"message", message}});
  }

  HttpResponse Create(Place place, const std::string& body) {
    if (place.kind == "pods" && refuses_.contains(place.ns)) {
      return Refusal(403, "Forbidden", "exceeded quota: pods");
    }
    auto object = nlohmann::json::parse(body);
    place.name = object["metadata"]["name"].get<std::string>();
    object["metadata"]["namespace"] = place.ns;
    object["metadata"]["uid"] = "uid-" + place.Key();
    if (place.kind == "pods") {
      const std::string ip = "10.0.0." + std::to_string(++last_ip_);
      object["spec"]["nodeName"] = "node1";
      object["status"] = {{"phase", "Running"}, {"podIPs", {{{"ip", ip}}}}};
      events_.push_back(nlohmann::json({{"type", "ADDED"}, {"object", object}}).dump() + "\n");
      made_.notify_all();
    }
    objects_[place.Key()] = object;
    return Reply(201, object);
  }

  HttpResponse List(const Place& place) {
    nlohmann::json items = nlohmann::json::array();
    for (const auto& [key, object] : objects_) {
      if (key.find("/" + place.kind + "/") != std::string::npos) items.push_back(object);
    }
    return Reply(200, {{"kind", "List"},
                       {"apiVersion", "v1"},
                       {"metadata", {{"resourceVersion", std::to_string(events_.size() + 1)}}},
                       {"items", items}});
  }

  /// Sends the pods that were made since the version of the list, and those to come.
  Result<HttpResponse> Watch(const std::string& path, const StreamSink& sink,
                             const std::stop_token& stop) {
    const std::string key = "resourceVersion=";
    std::size_t next = std::stoul(path.substr(path.find(key) + key.size())) - 1;
    std::unique_lock lock(mutex_);
    while (made_.wait(lock, stop, [&] { return next < events_.size(); })) {
      const std::string event = events_[next++];
      lock.unlock();
      const bool more = sink(event);
      lock.lock();
      if (!more) break;
    }
    return MakeError(ErrorKind::kCancelled, "stopped");
  }

  mutable std::mutex mutex_;
  std::condition_variable_any made_;
  std::vector<std::string> events_;  // guarded by mutex_: what a watch of the pods sends
  Log log_;
  std::set<std::string> refuses_;
  std::map<std::string, nlohmann::json> objects_;  // guarded by mutex_
  int last_ip_ = 0;                                // guarded by mutex_
};

}  // namespace podreach
