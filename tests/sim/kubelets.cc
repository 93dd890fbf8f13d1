#include "tests/sim/kubelets.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "tests/sim/pod_maker.h"
#include "tests/sim/resources.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

class LogStream final : public Stream {
 public:
  LogStream(std::shared_ptr<PodLog> log, Accounts& accounts, bool follow, LogFault fault)
      : log_(std::move(log)), accounts_(accounts), follow_(follow), fault_(std::move(fault)) {}

  std::string Next() override {
    if (!fault_.noise.empty()) return std::exchange(fault_.noise, {}) + "\n";
    std::size_t end = log_->text.size();
    if (fault_.cut_after) end = std::min(end, *fault_.cut_after);
    std::string bytes = log_->text.substr(at_, end - at_);
    at_ = end;
    accounts_.LogBytes(bytes.size());
    for (const auto& [place, time] : log_->sweeps) {
      if (place <= at_) accounts_.AdvanceTo(time);
    }
    return bytes;
  }
  bool Ended() const override {
    if (fault_.cut_after && at_ >= *fault_.cut_after) return true;
    return at_ == log_->text.size() && (log_->ended || !follow_);
  }

 private:
  const std::shared_ptr<PodLog> log_;
  Accounts& accounts_;
  const bool follow_;
  LogFault fault_;
  std::size_t at_ = 0;
};

/// The nodes that one form of node affinity names by metadata.name.
std::optional<std::string> NamedNode(const json& terms) {
  for (const json& term : terms) {
    for (const json& field : term.value("matchFields", json::array())) {
      if (field.value("key", "") == "metadata.name" && !field.at("values").empty())
        return field.at("values").front().get<std::string>();
    }
  }
  return std::nullopt;
}

std::optional<std::string> RequiredNode(const json& spec) {
  return NamedNode(spec.value(
      json::json_pointer("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/"
                         "nodeSelectorTerms"),
      json::array()));
}

std::optional<std::string> PreferredNode(const json& spec) {
  json terms = json::array();
  for (const json& preferred :
       spec.value(json::json_pointer(
                      "/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution"),
                  json::array()))
    terms.push_back(preferred.value("preference", json::object()));
  return NamedNode(terms);
}

std::string ConfigMapOf(const json& spec) {
  for (const json& volume : spec.value("volumes", json::array())) {
    if (volume.contains("configMap")) return volume["configMap"].value("name", "");
  }
  return {};
}

}  // namespace

void PodLog::Add(std::string_view more) {
  text += more;
  for (const auto& reader : readers) {
    if (const auto stream = reader.lock()) stream->Wake();
  }
}

void PodLog::End() {
  ended = true;
  Add({});
}

Collection& Kubelets::Pods() { return world_.store.Of(BuiltIn("Pod")); }

void Kubelets::After(std::chrono::milliseconds time, std::function<void()> what) {
  if (time.count() == 0) return boost::asio::post(context_, std::move(what));
  const auto timer = std::make_shared<boost::asio::steady_timer>(context_, time);
  timer->async_wait([timer, what = std::move(what)](const boost::system::error_code& error) {
    if (!error) what();
  });
}

std::optional<std::string> Kubelets::Refuse(const std::string& ns) {
  const auto& quotas = world_.store.Of(BuiltIn("ResourceQuota")).objects;
  const auto first = quotas.lower_bound({ns, ""});
  if (first == quotas.end() || first->first.first != ns) return std::nullopt;
  std::size_t pods = 0;
  const auto& all = Pods().objects;
  for (auto pod = all.lower_bound({ns, ""}); pod != all.end() && pod->first.first == ns; ++pod)
    ++pods;
  for (auto quota = first; quota != quotas.end() && quota->first.first == ns; ++quota) {
    const json hard = world_.store.Json(quota->second).at("spec").value("hard", json::object());
    for (const char* key : {"pods", "count/pods"}) {
      if (!hard.contains(key)) continue;
      const std::string limit =
          hard[key].is_string() ? hard[key].get<std::string>() : hard[key].dump();
      if (pods >= std::stoul(limit)) {
        return "exceeded quota: " + quota->first.second + ", requested: " + key +
               "=1, used: " + key + "=" + std::to_string(pods) + ", limited: " + key + "=" + limit;
      }
    }
  }
  return std::nullopt;
}

void Kubelets::PodCreated(const ObjectKey& key) {
  After(std::chrono::milliseconds(0), [this, key] { Schedule(key); });
}

void Kubelets::Schedule(const ObjectKey& key) {
  const auto found = Pods().objects.find(key);
  if (found == Pods().objects.end()) return;
  json pod = world_.store.Json(found->second);
  const json& spec = pod.at("spec");
  Cluster& cluster = world_.cluster;
  std::optional<std::uint32_t> node;
  if (const auto required = RequiredNode(spec)) {
    node = cluster.FindNode(*required);
    if (node && !cluster.HasSlot(*node)) node.reset();
  } else {
    const auto preferred = PreferredNode(spec);
    node = cluster.ChooseNode(preferred ? cluster.FindNode(*preferred) : std::nullopt);
  }
  if (!node) return SayUnschedulable(key);
  auto ports = DeclaredPorts(spec, cluster.texts());
  PodModel model;
  model.ns = cluster.texts().Add(key.first);
  model.name = cluster.texts().Add(key.second);
  model.labels = cluster.labels().AddJson(pod.at("metadata").value("labels", json()));
  model.listeners = cluster.AddListeners({});  // until its order says more
  model.ports = cluster.AddPorts(std::move(ports));
  model.node = *node;
  model.host_network = spec.value("hostNetwork", false);
  const std::uint32_t index = cluster.AddPod(model);
  found->second.pod = index;
  pod["spec"]["nodeName"] = cluster.nodes()[*node].name;
  pod["status"]["conditions"] = {{{"type", "PodScheduled"}, {"status", "True"}}};
  world_.store.Update(Pods(), key, std::move(pod));
  After(options_.start_delay, [this, key, index] { Start(key, index); });
}

void Kubelets::SayUnschedulable(const ObjectKey& key) {
  json pod = world_.store.Json(Pods().objects.at(key));
  const std::size_t nodes = world_.cluster.nodes().size();
  pod["status"]["conditions"] = {
      {{"type", "PodScheduled"},
       {"status", "False"},
       {"reason", "Unschedulable"},
       {"message", "0/" + std::to_string(nodes) + " nodes are available: " + std::to_string(nodes) +
                       " Too many pods."}}};
  world_.store.Update(Pods(), key, std::move(pod));
  unscheduled_.push_back(key);
}

void Kubelets::Start(const ObjectKey& key, std::uint32_t index) {
  const auto found = Pods().objects.find(key);
  if (found == Pods().objects.end() || found->second.pod != index) return;
  Cluster& cluster = world_.cluster;
  json pod = world_.store.Json(found->second);
  const PodModel& model = cluster.pods()[index];
  // A readiness gate that nobody sets keeps it from being Ready.
  const bool ready = !pod.at("spec").contains("readinessGates");
  pod["status"] = RunningStatus(pod.at("spec"), model.address.ToString(),
                                cluster.nodes()[model.node].address.ToString(), ready, TimeText());
  Running running{index, ConfigMapOf(pod.at("spec")),
                  std::make_unique<ProbeModel>(cluster, index, key.second),
                  std::make_shared<PodLog>()};
  running_.insert_or_assign(key, std::move(running));
  // The probe listens before its pod is said to run.
  Look(key);
  world_.store.Update(Pods(), key, std::move(pod));
}

std::shared_ptr<const Result<ProbeOrder>> Kubelets::OrderOf(const ObjectKey& config_map) {
  Collection& maps = world_.store.Of(BuiltIn("ConfigMap"));
  const auto found = maps.objects.find(config_map);
  if (found == maps.objects.end()) return nullptr;
  KnownOrder& known = orders_[config_map];
  if (known.version == found->second.version) return known.order;
  const json data = world_.store.Json(found->second).value("data", json::object());
  if (!data.contains("order.json")) return nullptr;
  const std::string text = data["order.json"].get<std::string>();
  known.version = found->second.version;
  known.order = std::make_shared<const Result<ProbeOrder>>(ParseOrder(text));
  return known.order;
}

void Kubelets::Look(const ObjectKey& key) {
  const auto found = running_.find(key);
  if (found == running_.end() || found->second.log->ended) return;
  Running& probe = found->second;
  const auto order = OrderOf({key.first, probe.config_map});
  if (!order) return;
  std::optional<SweepCost> cost;
  const std::string log = probe.model->Look(*order, accounts_.Now(), cost);
  if (cost) {
    accounts_.Sweep(*cost);
    probe.log->sweeps.emplace_back(probe.log->text.size() + log.size(), cost->start + cost->length);
  }
  if (!log.empty()) probe.log->Add(log);
}

void Kubelets::PodChanged(const ObjectKey& key) {
  After(std::chrono::milliseconds(0), [this, key] { Look(key); });
}

void Kubelets::ConfigMapChanged(const ObjectKey& key) {
  if (const auto found = world_.store.Of(BuiltIn("ConfigMap")).objects.find(key);
      found != world_.store.Of(BuiltIn("ConfigMap")).objects.end()) {
    accounts_.Order(found->second.raw.size());
  }
  After(options_.sync_period, [this, key] {
    std::vector<ObjectKey> mounted;
    for (auto probe = running_.lower_bound({key.first, ""});
         probe != running_.end() && probe->first.first == key.first; ++probe) {
      if (probe->second.config_map == key.second) mounted.push_back(probe->first);
    }
    for (const ObjectKey& probe : mounted) Look(probe);
  });
}

void Kubelets::PodDeleted(const ObjectKey& key, const Object& object) {
  if (const auto found = running_.find(key); found != running_.end()) {
    found->second.log->End();
    running_.erase(found);
  }
  std::erase(unscheduled_, key);
  if (object.pod == kAbsent) return;
  world_.cluster.RemovePod(object.pod);
  if (unscheduled_.empty()) return;
  const ObjectKey next = unscheduled_.front();
  unscheduled_.pop_front();
  After(std::chrono::milliseconds(0), [this, next] { Schedule(next); });
}

std::shared_ptr<Stream> Kubelets::ReadLog(const ObjectKey& key, bool follow,
                                          const LogFault& fault) {
  const auto found = running_.find(key);
  if (found == running_.end()) return nullptr;
  PodLog& log = *found->second.log;
  auto stream = std::make_shared<LogStream>(found->second.log, accounts_, follow, fault);
  std::erase_if(log.readers, [](const auto& reader) { return reader.expired(); });
  log.readers.push_back(stream);
  return stream;
}

void Kubelets::Evict(const ObjectKey& key) {
  const auto object = Pods().objects.find(key);
  if (object == Pods().objects.end()) return;
  json pod = world_.store.Json(object->second);
  pod["status"]["phase"] = "Failed";
  pod["status"]["reason"] = "Evicted";
  pod["status"]["message"] = "The node was low on resource: memory.";
  if (const auto found = running_.find(key); found != running_.end()) found->second.log->End();
  if (object->second.pod != kAbsent) world_.cluster.pod(object->second.pod).dead = true;
  world_.store.Update(Pods(), key, std::move(pod));
}

void Kubelets::Restart(const ObjectKey& key) {
  const auto object = Pods().objects.find(key);
  const auto found = running_.find(key);
  if (object == Pods().objects.end() || found == running_.end()) return;
  json pod = world_.store.Json(object->second);
  for (json& status : pod["status"]["containerStatuses"])
    status["restartCount"] = status.value("restartCount", 0) + 1;
  found->second.log->End();
  found->second.log = std::make_shared<PodLog>();
  found->second.model = std::make_unique<ProbeModel>(world_.cluster, found->second.pod, key.second);
  Look(key);
  world_.store.Update(Pods(), key, std::move(pod));
}

std::vector<ObjectKey> Kubelets::Created() const {
  std::vector<ObjectKey> keys;
  for (const auto& [key, probe] : running_) keys.push_back(key);
  return keys;
}

}  // namespace podreach::sim
