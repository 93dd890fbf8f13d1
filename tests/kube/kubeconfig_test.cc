#include "podreach/kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "kube/server_url.h"

namespace podreach {
namespace {

using testing::HasSubstr;

constexpr const char* kPem = "-----BEGIN X-----\nAA==\n-----END X-----\n";
constexpr const char* kPemBase64 = "LS0tLS1CRUdJTiBYLS0tLS0KQUE9PQotLS0tLUVORCBYLS0tLS0K";

class KubeconfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "kubeconfig.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::filesystem::path Write(const std::string& name, const std::string& text) {
    const auto file = dir_ / name;
    std::ofstream(file) << text;
    return file;
  }
  /// A kubeconfig of one cluster, user and context, all called lab.
  std::filesystem::path Simple(const std::string& cluster, const std::string& user) {
    return Write("config",
                 "current-context: lab\ncontexts: [{name: lab, context: {cluster: lab, "
                 "user: lab}}]\nclusters: [{name: lab, cluster: " +
                     cluster + "}]\nusers: [{name: lab, user: " + user + "}]\n");
  }

  std::filesystem::path dir_;
};

TEST_F(KubeconfigTest, InlineData) {
  const std::string data = kPemBase64;
  const auto access = LoadKubeconfig(
      Simple("{server: 'https://10.0.0.1:6443', certificate-authority-data: " + data +
                 ", tls-server-name: kubernetes, proxy-url: 'http://p:1'}",
             "{client-certificate-data: " + data + ", client-key-data: " + data + "}"),
      "");
  ASSERT_TRUE(access.has_value()) << access.error().ToString();
  EXPECT_EQ(access->name, "lab");
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->ca_pem, kPem);
  EXPECT_EQ(access->client_certificate_pem, kPem);
  EXPECT_EQ(access->client_key_pem, kPem);
  EXPECT_EQ(access->tls_server_name, "kubernetes");
  EXPECT_EQ(access->proxy_url, "http://p:1");
  EXPECT_EQ(access->default_namespace, "default");
}

TEST_F(KubeconfigTest, FilesAreRelativeToTheKubeconfig) {
  Write("ca.pem", kPem);
  const auto access = LoadKubeconfig(
      Simple("{server: 'https://h', certificate-authority: ca.pem}", "{tokenFile: tok}"), "lab");
  ASSERT_TRUE(access.has_value()) << access.error().ToString();
  EXPECT_EQ(access->ca_pem, kPem);
  EXPECT_EQ(access->token_file, dir_ / "tok");
}

TEST_F(KubeconfigTest, Refusals) {
  const std::string server = "{server: 'https://h'}";
  const struct {
    std::string cluster;
    std::string user;
    std::string message;
    std::string hint;
  } cases[] = {
      {"{}", "{}", "cluster lab: has no server", "set-cluster"},
      {server, "{exec: {command: aws}}", "user lab: credential plugins (exec)", "create token"},
      {server, "{auth-provider: {name: gcp}}", "auth-provider", "create token"},
      {server, "{username: u, password: p}", "basic authentication", "create token"},
      {server, "{as: admin, token: t}", "impersonation", "create token"},
      {server, "{client-certificate-data: '*'}", "client-certificate-data isn't base64", ""},
      {server, "{client-certificate-data: AAAA}", "client-certificate-data isn't PEM", ""},
      {server, std::string("{client-key-data: ") + kPemBase64 + "}", "without its certificate", ""},
      {server, "{client-key: none.pem}", "none.pem: No such file", ""},
      {server, "{token: [a]}", "config:4: user lab: token isn't a text", ""},
      {server, "[a]", "user lab has no user mapping", ""},
      {"{server: 'https://h', insecure-skip-tls-verify: yes}", "{}", "neither true nor false", ""},
      {std::string("{server: 'https://h', insecure-skip-tls-verify: true, "
                   "certificate-authority-data: ") +
           kPemBase64 + "}",
       "{}", "exclude each other", ""},
  };
  for (const auto& test : cases) {
    const auto access = LoadKubeconfig(Simple(test.cluster, test.user), "");
    ASSERT_TRUE(access.has_error()) << test.message;
    EXPECT_EQ(access.error().kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(access.error().message, HasSubstr(test.message));
    EXPECT_THAT(access.error().hint, HasSubstr(test.hint));
  }
}

TEST_F(KubeconfigTest, BadFiles) {
  const struct {
    std::string text;
    std::string message;
  } cases[] = {
      {"a: [1\nb: }", "config:2: "},
      {"- a\n", "config:1: isn't a mapping"},
      {"clusters: 7\n", "config:1: clusters isn't a list"},
      {"", "no current-context"},
      {"current-context: x\ncontexts: [7, {name: [a]}]\n", "no context x"},
      {std::string(100'000, '['), "config"},
  };
  for (const auto& test : cases) {
    const auto access = LoadKubeconfig(Write("config", test.text), "");
    ASSERT_TRUE(access.has_error()) << test.text.substr(0, 80);
    EXPECT_THAT(access.error().message, HasSubstr(test.message));
  }
  const auto missing = LoadKubeconfig(dir_ / "nowhere", "");
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("nowhere: No such file"));
}

TEST_F(KubeconfigTest, NamesAndTokensOfDigitsAreTexts) {
  const auto access = LoadKubeconfig(
      Write("config",
            "current-context: 007\ncontexts: [{name: 007, context: {cluster: on, user: 1e3}}]\n"
            "clusters: [{name: on, cluster: {server: 'https://h'}}]\n"
            "users: [{name: 1e3, user: {token: 0123}}]\n"),
      "");
  ASSERT_TRUE(access.has_value()) << access.error().ToString();
  EXPECT_EQ(access->name, "007");
  EXPECT_EQ(access->token, "0123");
}

TEST_F(KubeconfigTest, UnknownContextListsTheOnesThere) {
  const auto access = LoadKubeconfig(Simple("{server: 'https://h'}", "{}"), "prod");
  ASSERT_TRUE(access.has_error());
  EXPECT_THAT(access.error().message, HasSubstr("no context prod"));
  EXPECT_THAT(access.error().hint, HasSubstr("contexts there: lab"));
}

TEST_F(KubeconfigTest, SeveralFilesFirstWins) {
  const std::vector<std::filesystem::path> files = {
      dir_ / "missing",
      Write("a",
            "contexts: [{name: one, context: {cluster: c, user: u, namespace: shop}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://first'}}]\n"),
      Write("b",
            "current-context: one\nclusters: [{name: c, cluster: {server: 'https://second'}}]\n"
            "users: [{name: u, user: {token: t}}]\n"),
  };
  const auto access = LoadKubeconfigs(files, "");
  ASSERT_TRUE(access.has_value()) << access.error().ToString();
  EXPECT_EQ(access->server, "https://first");
  EXPECT_EQ(access->token, "t");
  EXPECT_EQ(access->default_namespace, "shop");

  setenv("KUBECONFIG",
         (files[0].string() + ":" + files[1].string() + "::" + files[2].string()).c_str(), 1);
  const auto found = FindClusterAccess("", "");
  unsetenv("KUBECONFIG");
  ASSERT_TRUE(found.has_value()) << found.error().ToString();
  EXPECT_EQ(found->server, "https://first");
}

TEST_F(KubeconfigTest, InCluster) {
  Write("token", "t\n");
  Write("ca.crt", kPem);
  Write("namespace", "audit\n");
  unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_EQ(InClusterAccess(dir_).error().kind, ErrorKind::kNotFound);
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const auto access = InClusterAccess(dir_);
  const auto unmounted = InClusterAccess(dir_ / "none");
  unsetenv("KUBERNETES_SERVICE_HOST");
  unsetenv("KUBERNETES_SERVICE_PORT");
  ASSERT_TRUE(access.has_value()) << access.error().ToString();
  EXPECT_EQ(access->server, "https://[fd00::1]:443");
  EXPECT_EQ(access->default_namespace, "audit");
  EXPECT_EQ(access->token_file, dir_ / "token");
  ASSERT_TRUE(unmounted.has_error());
  EXPECT_THAT(unmounted.error().hint, HasSubstr("automountServiceAccountToken"));
}

TEST(ServerUrlTest, Table) {
  const struct {
    std::string server;
    std::string tls_name;
    std::string expected;  // base|connect_to|host; empty for an error
  } cases[] = {
      {"https://h:6443", "", "https://h:6443||"},
      {"https://h/", "", "https://h||"},
      {"https://h/k8s/c-1/", "", "https://h/k8s/c-1||"},
      {"http://127.0.0.1:8001", "name", "http://127.0.0.1:8001||"},
      {"https://10.0.0.1:6443/p", "kube",
       "https://kube:6443/p|kube:6443:10.0.0.1:6443|10.0.0.1:6443"},
      {"https://[fd00::1]", "kube", "https://kube:443|kube:443:[fd00::1]:443|[fd00::1]"},
      {"h:6443", "", ""},
      {"ftp://h", "", ""},
      {"https://", "", ""},
      {"https://user:pw@h", "", ""},
      {"https://h:", "", ""},
      {"https://h:6443?x=1", "", ""},
      {"https://h/a\nb", "", ""},
      {"https://h", "a b", ""},
  };
  for (const auto& test : cases) {
    ClusterAccess access;
    access.server = test.server;
    access.tls_server_name = test.tls_name;
    const auto url = ParseServerUrl(access);
    EXPECT_EQ(url.has_value() ? url->base + "|" + url->connect_to + "|" + url->host : "",
              test.expected)
        << test.server;
  }
}

}  // namespace
}  // namespace podreach
