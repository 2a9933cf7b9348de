// SPDX-License-Identifier: Apache-2.0
// `switchyard send`: hands transactions to a server over plain UDP and prints what became of them.
#include <memory>

#include "dataplane/client/udp_client.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/send_traffic.hpp"
#include "tools/switchyard/workload_options.hpp"

namespace switchyard::tool {
namespace {

class UdpLink final : public TransactionLink {
  public:
    explicit UdpLink(std::unique_ptr<dataplane::UdpClient> client) : client_(std::move(client)) {}

    [[nodiscard]] Result<std::optional<uint64_t>> submit(BytesView transaction,
                                                         BytesView sender_hint) override {
        return client_->submit(transaction, sender_hint);
    }
    [[nodiscard]] Result<size_t> wait(std::span<dataplane::TransactionResult> out,
                                      std::chrono::milliseconds patience) override {
        return client_->wait(out, patience);
    }
    [[nodiscard]] const dataplane::ClientCounters& counters() const override {
        return client_->counters();
    }

  private:
    std::unique_ptr<dataplane::UdpClient> client_;
};

int run_send(const std::string& server_text, const SendSettings& settings) {
    const auto server = parse_server(server_text);
    if (!server) return report_error(server.error());
    const auto traffic = load_traffic(settings);
    if (!traffic) return report_error(traffic.error());
    auto client = dataplane::UdpClient::open(
        {.host = server->host, .port = server->port, .session = session_of(settings)});
    if (!client) return report_error(client.error());
    UdpLink link(std::move(*client));
    const auto outcome = send_traffic(settings, *traffic, link);
    if (!outcome) return report_error(outcome.error());
    print_outcome(settings, *outcome, link.counters());
    return outcome->all_accepted() ? kExitSuccess : kExitFailed;
}

}  // namespace

void add_send_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "send", "Send signed transactions to a server and print the verdict of each");
    const auto settings = std::make_shared<SendSettings>();
    const auto server = std::make_shared<std::string>();
    command
        ->add_option("SERVER", *server,
                     "HOST, HOST:PORT or, for IPv6, [ADDRESS]:PORT; the port is 30345 if "
                     "not given")
        ->required();
    auto* files = command->add_option(
        "FILES", settings->files,
        "Files of transactions, one in hex on each line; '-' is standard input");
    command->add_flag("--binary", settings->binary,
                      "The files hold 4 bytes of length, big-endian, before each transaction");
    command
        ->add_option("--generate", settings->generate,
                     "Send the traffic of a workload instead: " + workload_names())
        ->excludes(files);
    add_send_options(*command, *settings);
    command->footer(
        "Lost datagrams are sent again, so that every transaction gets exactly one verdict. Exit "
        "code 0: all were accepted;\n"
        "1: some were not, or the server fell silent.\n\n"
        "  switchyard send 10.0.0.2 txs.hex --parity 4\n"
        "  switchyard send 10.0.0.2 --generate payments --transactions 100000 --rate 20000\n\n"
        "A server to try it on: switchyard port test DEVICE --listen ADDRESS");
    command->callback([server, settings, &exit_code] { exit_code = run_send(*server, *settings); });
}

}  // namespace switchyard::tool
