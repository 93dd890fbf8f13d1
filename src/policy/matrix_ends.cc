#include "policy/matrix_ends.h"

#include <algorithm>
#include <map>
#include <set>

namespace podreach::policy {
namespace {

std::string EndOf(const Pod& pod, GroupBy group_by, const EndUnits& units) {
  switch (group_by) {
    case GroupBy::kClass:
      return std::to_string(units.of[0]) +
             (units.of[1] == EndUnits::kNone ? "" : "/" + std::to_string(units.of[1]));
    case GroupBy::kWorkload:
      return pod.workload.ToString();
    case GroupBy::kPod:
      return pod.from_template ? pod.workload.ToString() : pod.ns + "/" + pod.name + "[Pod]";
    case GroupBy::kNamespace:
      return pod.ns;
  }
  return {};
}

}  // namespace

MatrixEnds::MatrixEnds(const Snapshot& snapshot, const UnitTable& units, GroupBy group_by)
    : snapshot_(snapshot), units_(units), places_(units.size()) {
  PodsByName members;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (snapshot.pods[i].IsLive())
      members[{EndOf(snapshot.pods[i], group_by, units.UnitsOf(i)), {}}].push_back(i);
  }
  AddEnds(std::move(members));
  if (group_by == GroupBy::kClass) {
    for (auto& end : ends_) {
      std::set<std::string> names;
      for (const auto i : end.pods) names.insert(snapshot.pods[i].workload.ToString());
      end.workloads.assign(names.begin(), names.end());
    }
    NameClasses();
  }
  for (std::size_t end = 0; end < ends_.size(); ++end) IndexPlaces(end);
}

MatrixEnds::MatrixEnds(const Snapshot& snapshot, const UnitTable& units,
                       const std::vector<std::string>& end_of_pod)
    : snapshot_(snapshot), units_(units), places_(units.size()) {
  PodsByName members;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (snapshot.pods[i].IsLive()) members[{end_of_pod[i], units.UnitsOf(i).of}].push_back(i);
  }
  AddEnds(std::move(members));
  for (std::size_t end = 0; end < ends_.size(); ++end) IndexPlaces(end);
}

void MatrixEnds::AddEnds(PodsByName members) {
  for (auto& [name, pods] : members) {
    auto& end = ends_.emplace_back();
    end.name = name.first;
    end.pods = std::move(pods);
    FindMembers(end);
  }
}

void MatrixEnds::FindMembers(End& end) {
  for (const auto i : end.pods) Add(end, snapshot_.pods[i], units_.UnitsOf(i));
  for (auto& member : end.members) {
    std::sort(member.nodes.begin(), member.nodes.end());
    member.nodes.erase(std::unique(member.nodes.begin(), member.nodes.end()), member.nodes.end());
  }
}

void MatrixEnds::IndexPlaces(std::size_t end) {
  for (std::size_t m = 0; m < ends_[end].members.size(); ++m) {
    for (const auto unit : ends_[end].members[m].units.of)
      if (unit != EndUnits::kNone) places_[unit].push_back({end, m});
  }
}

std::size_t MatrixEnds::AddEnd(std::string name) {
  ends_.emplace_back().name = std::move(name);
  return ends_.size() - 1;
}

void MatrixEnds::SetPods(std::size_t end, std::vector<std::size_t> pods) {
  KeepUp();
  auto& of = ends_[end];
  for (const auto& member : of.members) {
    for (const auto unit : member.units.of) {
      if (unit != EndUnits::kNone)
        std::erase_if(places_[unit], [&](const Place& place) { return place.end == end; });
    }
  }
  of.members.clear();
  of.pods = std::move(pods);
  FindMembers(of);
  IndexPlaces(end);
}

void MatrixEnds::Add(End& end, const Pod& pod, const EndUnits& units) {
  auto& members = end.members;
  auto found = std::find_if(members.begin(), members.end(),
                            [&](const EndMember& member) { return member.units == units; });
  if (found == members.end()) {
    found = members.insert(members.end(), EndMember{});
    found->units = units;
    found->several = pod.StandsForSeveral();
  } else {
    found->several = true;
  }
  const auto node =
      nodes_.try_emplace(pod.node, static_cast<std::uint32_t>(nodes_.size())).first->second;
  if (pod.node.empty()) {
    found->node_unknown = true;
  } else if (found->nodes.empty() || found->nodes.back() != node) {
    found->nodes.push_back(node);
  }
}

void MatrixEnds::NameClasses() {
  std::map<std::string, std::size_t> seen;
  for (auto& end : ends_) {
    end.name = end.workloads.front();
    if (const auto more = end.workloads.size() - 1; more > 0)
      end.name += " and " + std::to_string(more) + (more == 1 ? " other" : " others");
    if (const auto count = ++seen[end.name]; count > 1) end.name += " #" + std::to_string(count);
  }
  std::sort(ends_.begin(), ends_.end(), [](const End& a, const End& b) { return a.name < b.name; });
}

bool MayRelate(const EndMember& one, const EndMember& other, NodeRelation relation) {
  switch (relation) {
    case NodeRelation::kOwn: {
      auto at = other.nodes.begin();
      return std::any_of(one.nodes.begin(), one.nodes.end(), [&](std::uint32_t node) {
        at = std::lower_bound(at, other.nodes.end(), node);
        return at != other.nodes.end() && *at == node;
      });
    }
    case NodeRelation::kOther:
      return !one.nodes.empty() && !other.nodes.empty() &&
             (one.nodes.size() > 1 || other.nodes.size() > 1 || one.nodes != other.nodes);
    case NodeRelation::kUnknown:
      return one.node_unknown || other.node_unknown;
  }
  return false;
}

}  // namespace podreach::policy
