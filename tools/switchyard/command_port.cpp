// SPDX-License-Identifier: Apache-2.0
// `switchyard port list|stats|replay|test`: what frames can come through, and whether they do.
#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/port_jobs.hpp"
#include "tools/switchyard/port_list.hpp"
#include "tools/switchyard/wire_report.hpp"

namespace switchyard::tool {
namespace {

struct PortSettings {
    PortTarget target;
    ListenConfig listen;
    std::vector<std::string> listen_addresses;
    uint64_t frames = 10'000;
    bool json = false;
};

std::atomic<bool> stop_requested{false};

/// Control-C and SIGTERM end a run with its report.
void stop_on_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_requested.store(true, std::memory_order_relaxed); };
    for (const int signal : {SIGINT, SIGTERM})
        (void)::sigaction(signal, &action, nullptr);
}

int run_list(bool json) {
    const auto drivers = port_drivers();
    const auto nics = pci_nics();
    const auto interfaces = kernel_interfaces();
    const HugePages pages = huge_pages();
    if (json) {
        nlohmann::json out{
            {"drivers", nlohmann::json::array()},
            {"nics", nlohmann::json::array()},
            {"interfaces", nlohmann::json::array()},
            {"huge_pages",
             {{"page_kib", pages.page_kib}, {"total", pages.total}, {"free", pages.free}}}};
        for (const PortDriver& one : drivers)
            out["drivers"].push_back({{"name", one.name},
                                      {"example", one.example},
                                      {"use", one.use},
                                      {"usable", one.needs.empty()},
                                      {"needs", one.needs}});
        for (const PciNic& one : nics)
            out["nics"].push_back({{"address", one.address},
                                   {"driver", one.driver},
                                   {"interface", one.interface},
                                   {"numa_node", one.numa_node}});
        for (const KernelInterface& one : interfaces)
            out["interfaces"].push_back({{"name", one.name},
                                         {"state", one.state},
                                         {"mtu", one.mtu},
                                         {"address", one.address}});
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    Table driver_table({"driver", "device, for example", "use", "needs"});
    for (const PortDriver& one : drivers)
        driver_table.add({one.name, one.example, one.use, one.needs.empty() ? "-" : one.needs});
    fmt::print("{}\n", driver_table.to_string());
    Table nic_table({"NIC", "driver", "interface", "NUMA node"});
    for (const PciNic& one : nics)
        nic_table.add({one.address, one.driver, one.interface, std::to_string(one.numa_node)});
    fmt::print("{}\n",
               nics.empty() ? "no Ethernet controller on the PCI bus\n" : nic_table.to_string());
    Table interface_table({"interface", "state", "MTU", "address"});
    for (const KernelInterface& one : interfaces)
        interface_table.add({one.name, one.state, std::to_string(one.mtu), one.address});
    fmt::print("{}\nhuge pages: {}\n", interface_table.to_string(), describe(pages));
    return kExitSuccess;
}

PortProgress line_each_second(const PortSettings& settings) {
    if (settings.json) return [](const PortReport&) {};
    return [before = PortReport{}](const PortReport& now) mutable {
        fmt::print("{}\n", to_line(before, now));
        std::fflush(stdout);
        before = now;
    };
}

int print_report(const PortSettings& settings, const Result<PortReport>& report) {
    if (!report) return report_error(report.error());
    if (settings.json)
        fmt::print("{}\n", to_json(*report).dump(2));
    else
        fmt::print("{}", to_text(*report));
    return to_json(*report)["adds_up"].get<bool>() ? kExitSuccess : kExitFailed;
}

int run_loop(const PortSettings& settings) {
    const auto report = loop_port(settings.target, settings.frames);
    if (!report) return report_error(report.error());
    const bool whole = report->returned == report->frames;
    if (settings.json)
        fmt::print("{}\n", nlohmann::json{{"description", report->description},
                                          {"frames", report->frames},
                                          {"returned", report->returned},
                                          {"seconds", report->seconds}}
                               .dump(2));
    else
        fmt::print("{}\n{} of {} frames came back unchanged, in {:.2f} s{}\n", report->description,
                   with_commas(report->returned), with_commas(report->frames), report->seconds,
                   report->returned == 0
                       ? "; a port that is no loopback is tested with --listen and 'switchyard "
                         "send'"
                       : "");
    return whole ? kExitSuccess : kExitFailed;
}

Result<void> add_address(const std::string& text, dataplane::LinkConfig& link) {
    const auto invalid = [&](const std::string& what) {
        return Error{ErrorCode::InvalidInput, "--listen " + text + ": " + what};
    };
    const auto address = dataplane::parse_ip(text);
    if (!address || address->is_unspecified() || *address == dataplane::IpAddress::v4(0))
        return invalid("an address is wanted, such as 10.0.0.2 or 2001:db8::2");
    if (address->is_v4() ? link.ipv4 != 0 : !link.ipv6.is_unspecified())
        return invalid(
            "there is another one of its family; one IPv4 and one IPv6 address are "
            "taken");
    if (address->is_v4()) {
        link.ipv4 = address->to_v4();
    } else {
        link.ipv6 = *address;
    }
    return {};
}

int run_test(PortSettings& settings) {
    if (settings.listen_addresses.empty()) return run_loop(settings);
    for (const std::string& text : settings.listen_addresses)
        if (auto added = add_address(text, settings.listen.link); !added)
            return report_error(added.error());
    return print_report(settings,
                        serve_port(settings.target, settings.listen, line_each_second(settings)));
}

void add_target(CLI::App& command, PortSettings& settings) {
    command
        .add_option("DEVICE", settings.target.device,
                    "The device in DPDK's words: 'switchyard port list' has examples")
        ->required();
    command.add_option("--seconds", settings.target.seconds, "End after so long; 0: at Control-C")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    command.add_option("--udp-port", settings.listen.link.udp_port, "Port of the protocol")
        ->check(CLI::Range(1, 65'535))
        ->capture_default_str();
    command.add_option(
        "--record", settings.target.capture,
        "Write every received frame to this file: pcapng by its name's ending, else pcap");
    command.add_flag("--json", settings.json, "Print one JSON object");
    settings.target.stop = &stop_requested;
}

void add_stats(CLI::App& port, int& exit_code) {
    auto* command =
        port.add_subcommand("stats", "Receive from a port and count, without an answer");
    const auto settings = std::make_shared<PortSettings>();
    add_target(*command, *settings);
    command->footer(
        "A line each second, and at the end every counter: each frame is delivered, refused or "
        "dropped, for one reason.\n\n"
        "  switchyard port stats net_pcap0,rx_pcap=capture.pcap");
    command->callback([settings, &exit_code] {
        stop_on_signals();
        exit_code =
            print_report(*settings, watch_port(settings->target, settings->listen.link.udp_port,
                                               line_each_second(*settings)));
    });
}

void add_replay(CLI::App& port, int& exit_code) {
    auto* command =
        port.add_subcommand("replay", "Receive what a capture file holds, at speed or as recorded");
    const auto settings = std::make_shared<PortSettings>();
    const auto speed = std::make_shared<double>(0);
    const auto timed = std::make_shared<bool>(false);
    command->add_option("FILE", settings->target.device, "A pcap or pcapng file of Ethernet")
        ->required();
    auto* timed_option =
        command->add_flag("--timed", *timed, "Keep the distances in time of the capture");
    command->add_option("--speed", *speed, "With --timed: so many times faster; 0.5: half as fast")
        ->check(CLI::Range(1e-6, 1e6))
        ->needs(timed_option);
    command->add_option("--seconds", settings->target.seconds, "End after so long; 0: at its end")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    command->add_option("--udp-port", settings->listen.link.udp_port, "Port of the protocol")
        ->check(CLI::Range(1, 65'535))
        ->capture_default_str();
    command->add_flag("--json", settings->json, "Print one JSON object");
    settings->target.stop = &stop_requested;
    command->footer(
        "The frames pass the receive loop as if they came now, on a trusted wire; nothing is "
        "answered and nothing is dropped\nfor want of room. Needs neither DPDK nor privileges. "
        "\n\n"
        "  switchyard port stats net_af_packet0,iface=eth0 --record day.pcapng\n"
        "  switchyard port replay day.pcapng --timed --speed 10");
    command->callback([settings, speed, timed, &exit_code] {
        stop_on_signals();
        const double factor = !*timed ? 0 : *speed == 0 ? 1 : *speed;
        exit_code = print_report(
            *settings, replay_capture(settings->target, factor, settings->listen.link.udp_port,
                                      line_each_second(*settings)));
    });
}

void add_test(CLI::App& port, int& exit_code) {
    auto* command = port.add_subcommand(
        "test", "Send frames through a loopback, or be a server that verifies what it gets");
    const auto settings = std::make_shared<PortSettings>();
    add_target(*command, *settings);
    command->add_option("--frames", settings->frames, "Without --listen: frames to send")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
        ->capture_default_str();
    command
        ->add_option("--listen", settings->listen_addresses,
                     "Answer at this address: the verdict of each transaction's encoding, chain "
                     "and signature; may be given twice, for IPv4 and for IPv6")
        ->expected(1)
        ->take_all();
    command
        ->add_option("--queues", settings->target.queues,
                     "With --listen: receive queues of the port, each with a thread of its own "
                     "where there are enough CPUs")
        ->check(CLI::Range(1, 16))
        ->capture_default_str();
    command->add_option("--chain-id", settings->listen.chain_id, "Chain of the transactions")
        ->capture_default_str();
    command
        ->add_option("--transactions", settings->listen.transactions,
                     "With --listen: end after so many; 0: do not")
        ->capture_default_str();
    command
        ->add_option("--lcores", settings->listen.lcores,
                     "With --listen: the CPU that receives, or auto: on one or two CPUs receive "
                     "and verify share one")
        ->capture_default_str();
    command
        ->add_option("--per-source", settings->listen.per_source,
                     "With --listen: transactions per second of one address, and of all new ones "
                     "together; each bad signature counts as nine; 0: no limit. Half of what "
                     "'switchyard bench recover' verifies suits a server of its own")
        ->capture_default_str();
    command->footer(
        "With --listen the port answers ARP or Neighbor Discovery, opens sessions and gives "
        "verdicts; nothing is "
        "executed or kept.\n\n"
        "  switchyard port test net_ring0\n"
        "  switchyard port test net_af_packet0,iface=veth1 --listen 10.0.0.2\n"
        "  switchyard send 10.0.0.2 --generate payments --chain-id 1      # from the other side");
    command->callback([settings, &exit_code] {
        stop_on_signals();
        exit_code = run_test(*settings);
    });
}

}  // namespace

void add_port_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("port", "Ports: what there is, and whether it works");
    command->require_subcommand(1);
    auto* list =
        command->add_subcommand("list", "Drivers, NICs, interfaces and huge pages of this machine");
    const auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "Print one JSON object");
    list->callback([json, &exit_code] { exit_code = run_list(*json); });
    add_stats(*command, exit_code);
    add_replay(*command, exit_code);
    add_test(*command, exit_code);
}

}  // namespace switchyard::tool
