// SPDX-License-Identifier: Apache-2.0
// `switchyard generate-load`: sends a workload's traffic at a set rate, through a port of DPDK.
#include <memory>

#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/port_client.hpp"
#include "tools/switchyard/workload_options.hpp"

namespace switchyard::tool {
namespace {

struct LoadSettings {
    PortClientConfig port;
    std::string server;
    std::string from;
    SendSettings send;
};

int run_load(LoadSettings& settings) {
    const auto server = parse_server(settings.server);
    if (!server) return report_error(server.error());
    const auto server_address = dataplane::parse_ip(server->host);
    const auto own_address = dataplane::parse_ip(settings.from);
    if (!server_address || !own_address || server_address->is_v4() != own_address->is_v4())
        return report_error({ErrorCode::InvalidInput,
                             "--to and --from take two addresses of one family, such as 10.0.0.2 "
                             "and 10.0.0.1, or 2001:db8::2 and 2001:db8::1"});
    const auto traffic = load_traffic(settings.send);
    if (!traffic) return report_error(traffic.error());
    settings.port.own_ip = *own_address;
    settings.port.server_ip = *server_address;
    settings.port.server_port = server->port;
    settings.port.session = session_of(settings.send);
    const auto link = open_port_client(settings.port);
    if (!link) return report_error(link.error());
    const auto outcome = send_traffic(settings.send, *traffic, **link);
    if (!outcome) return report_error(outcome.error());
    print_outcome(settings.send, *outcome, (*link)->counters());
    return outcome->all_accepted() ? kExitSuccess : kExitFailed;
}

}  // namespace

void add_generate_load_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "generate-load", "Send a workload's traffic at a set rate through a port of DPDK");
    const auto settings = std::make_shared<LoadSettings>();
    settings->send.generate = "payments";
    settings->send.rate = 10'000;
    command
        ->add_option("DEVICE", settings->port.device,
                     "The device in DPDK's words: 'switchyard port list' has examples")
        ->required();
    command
        ->add_option("--to", settings->server,
                     "The server: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT")
        ->required();
    command->add_option("--from", settings->from, "The address of this side")->required();
    command->add_option("--from-port", settings->port.own_port, "The UDP port of this side")
        ->check(CLI::Range(1, 65'535))
        ->capture_default_str();
    command->add_option("--workload", settings->send.generate, "One of: " + workload_names())
        ->capture_default_str();
    add_send_options(*command, settings->send);
    command->footer(
        "The transactions are signed first, then sent; --repeat sends them again, and then a "
        "server "
        "that keeps state calls\n"
        "them duplicates. Every one is answered, as with 'switchyard send'.\n\n"
        "  switchyard generate-load net_af_packet0,iface=veth0 --from 10.0.0.1 --to 10.0.0.2 "
        "--rate 50000 --repeat 10");
    command->callback([settings, &exit_code] { exit_code = run_load(*settings); });
}

}  // namespace switchyard::tool
