#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "podreach/kube/http_transport.h"
#include "podreach/wire/probe_order.h"
#include "tests/fakes/fake_transport.h"

namespace podreach {

/// As much of an API server and its kubelets as a fleet needs: objects that can
/// be made, listed, patched and deleted; every pod runs at once, with an
/// address; its log is what `log` writes from the order that its namespace's
/// ConfigMap holds. Thread-safe.
class FakeCluster final : public HttpTransport {
 public:
  using Log = std::function<std::string(const std::string &pod, const ProbeOrder &order)>;

  /// The clock moves on whenever a stream group waits.
  FakeCluster(Log log, FakeClock &clock) : log_(std::move(log)), clock_(clock) {}
  /// How many logs may be followed at once.
  void SetCapacity(std::size_t capacity) { capacity_ = capacity; }
  /// This pod's log doesn't end: who follows it waits for more, and what it
  /// writes comes as it is polled.
  void KeepOpen(const std::string &pod) { kept_open_.insert(pod); }
  /// Sends what is new of open logs in pieces of this size, one piece a poll.
  void Trickle(std::size_t bytes) { piece_ = bytes; }
  /// How often this pod's log was asked for.
  [[nodiscard]] std::size_t log_requests(const std::string &pod) const {
    const std::scoped_lock lock(mutex_);
    const auto found = log_requests_.find(pod);
    return found == log_requests_.end() ? 0 : found->second;
  }
  /// All that was sent: "PATCH shop/pods/podreach-x7-0".
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  void RefusePodsIn(const std::string &ns) { refuses_.insert(ns); }

  /// What is there, as "shop/pods/podreach-x-0".
  [[nodiscard]] std::set<std::string> objects() const {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> names;
    for (const auto &[name, object] : objects_) names.insert(name);
    return names;
  }

  [[nodiscard]] Result<HttpResponse> Send(const HttpRequest &request,
                                          std::stop_token stop) override {
    if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped");
    const std::scoped_lock lock(mutex_);
    const Place place = Parse(request.path);
    requests_.push_back(request.method + " " + place.Key());
    if (request.method == "DELETE" && place.name.empty()) return DeleteAll(place);
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

  [[nodiscard]] Result<HttpResponse> Stream(const HttpRequest &request, const StreamSink &sink,
                                            std::stop_token stop) override {
    return Watch(request.path, sink, stop);
  }

  [[nodiscard]] std::unique_ptr<StreamGroup> MakeStreamGroup(StreamListener &listener) override {
    return std::make_unique<Logs>(*this, listener);
  }

 private:
  struct Place {
    std::string ns;
    std::string kind;
    std::string name;
    [[nodiscard]] std::string Key() const { return ns + "/" + kind + "/" + name; }
  };

  /// "/api/v1/namespaces/shop/pods/x/log?follow=true" and its shorter forms.
  static Place Parse(const std::string &path) {
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

  static HttpResponse Reply(int status, const nlohmann::json &body) {
    return {status, {{"content-type", "application/json"}}, body.dump()};
  }
  static HttpResponse Refusal(int status, const char *reason, const std::string &message) {
    return Reply(status, {{"kind", "Status"},
                          {"status", "Failure"},
                          {"code", status},
                          {"reason", reason},
                          {"message", message}});
  }

  HttpResponse Create(Place place, const std::string &body) {
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

  HttpResponse List(const Place &place) {
    nlohmann::json items = nlohmann::json::array();
    for (const auto &[key, object] : objects_) {
      if (key.find("/" + place.kind + "/") != std::string::npos) items.push_back(object);
    }
    return Reply(200, {{"kind", "List"},
                       {"apiVersion", "v1"},
                       {"metadata", {{"resourceVersion", std::to_string(events_.size() + 1)}}},
                       {"items", items}});
  }

  /// What a pod's log holds by now, or why it can't be read.
  Result<std::string> LogOf(const Place &place) {
    const std::scoped_lock lock(mutex_);
    const std::string map = place.name.substr(0, place.name.rfind('-'));
    const auto found = objects_.find(place.ns + "/configmaps/" + map);
    if (found == objects_.end() || !objects_.contains(place.ns + "/pods/" + place.name))
      return MakeError(ErrorKind::kNotFound, "no pod " + place.name);
    const auto order = ParseOrder(found->second["data"]["order.json"].get<std::string>());
    if (!order) return order.error();
    return log_(place.name, *order);
  }

  /// The logs that are followed.
  class Logs final : public StreamGroup {
   public:
    Logs(FakeCluster &cluster, StreamListener &listener) : cluster_(cluster), listener_(listener) {}
    void Start(std::uint64_t id, const HttpRequest &request) override {
      open_[id] = {Parse(request.path), 0};
      const std::scoped_lock lock(cluster_.mutex_);
      ++cluster_.log_requests_[open_[id].place.name];
      cluster_.requests_.push_back("LOG " + open_[id].place.Key());
    }
    void Cancel(std::uint64_t id) override { open_.erase(id); }
    void Poll(std::chrono::milliseconds longest) override {
      bool called = false;
      std::vector<std::uint64_t> ids;
      for (const auto &[id, open] : open_) ids.push_back(id);
      // What one brings may end another.
      for (const std::uint64_t id : ids) called = (open_.contains(id) && Move(id)) || called;
      if (!called) cluster_.clock_.Advance(longest);
    }
    void Wake() override {}
    [[nodiscard]] std::size_t capacity() const override { return cluster_.capacity_; }

   private:
    struct Open {
      Place place;
      std::size_t at = 0;
    };
    /// Whether the listener was called.
    bool Move(std::uint64_t id) {
      Open &open = open_.at(id);
      const auto text = cluster_.LogOf(open.place);
      if (!text) {
        open_.erase(id);
        listener_.OnStreamEnd(id, Refusal(404, "NotFound", text.error().message));
        return true;
      }
      const std::string piece = text->substr(std::min(open.at, text->size()), cluster_.piece_);
      open.at += piece.size();
      const bool ends = open.at >= text->size() && !cluster_.kept_open_.contains(open.place.name);
      if (!piece.empty() && !listener_.OnStreamBytes(id, piece)) {
        open_.erase(id);
      } else if (ends) {
        open_.erase(id);
        listener_.OnStreamEnd(id, HttpResponse{200, {}, {}});
        return true;
      }
      return !piece.empty();
    }
    FakeCluster &cluster_;
    StreamListener &listener_;
    std::map<std::uint64_t, Open> open_;
  };

  /// What DELETE of a collection removes: here all of it, whatever the
  /// selector.
  HttpResponse DeleteAll(const Place &place) {
    std::erase_if(objects_, [&](const auto &entry) {
      return entry.first.starts_with(place.ns + "/" + place.kind + "/");
    });
    return Reply(200, {{"kind", "Status"}, {"status", "Success"}});
  }

  /// Sends the pods that were made since the version of the list, and those to
  /// come.
  Result<HttpResponse> Watch(const std::string &path, const StreamSink &sink,
                             const std::stop_token &stop) {
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
  FakeClock &clock_;
  std::set<std::string> kept_open_;
  std::size_t piece_ = 1U << 20U;
  std::size_t capacity_ = 1000;
  std::map<std::string, std::size_t> log_requests_;  // guarded by mutex_
  std::vector<std::string> requests_;                // guarded by mutex_
};

}  // namespace podreach
