#include "kube/resource_path.h"

#include "podreach/base/text.h"

namespace podreach {

std::string ResourcePath::ToString() const {
  // Names come from other people's objects: none of them may add a segment or a query. The colon of
  // "system:node" is common and harmless.
  const auto segment = [](std::string_view text) { return "/" + PercentEncode(text, ":"); };
  std::string path = group_version;
  if (!ns.empty()) path += "/namespaces" + segment(ns);
  path += segment(plural);
  if (!name.empty()) path += segment(name);
  if (!subresource.empty()) path += segment(subresource);
  return path;
}

std::string Describe(std::string_view verb, const ResourcePath& path) {
  constexpr std::string_view kGroups = "/apis/";
  std::string text(verb);
  text += " " + path.plural;
  if (path.group_version.starts_with(kGroups)) {
    const std::string_view group = std::string_view(path.group_version).substr(kGroups.size());
    text += "." + std::string(group.substr(0, group.find('/')));
  }
  if (!path.subresource.empty()) text += "/" + path.subresource;
  if (!path.name.empty()) text += " " + path.name;
  if (!path.ns.empty()) text += " in namespace " + path.ns;
  return text;
}

std::string WithQuery(std::string path, std::initializer_list<std::string_view> queries) {
  char separator = '?';
  for (const std::string_view query : queries) {
    if (query.empty()) continue;
    path += separator;
    path += query;
    separator = '&';
  }
  return path;
}

}  // namespace podreach
