// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/environment.hpp"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_version.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace switchyard::dataplane::dpdk {
namespace {

constexpr uint32_t kMemoryMibMin = 64;
constexpr uint32_t kMemoryMibMax = 64 * 1024;

/// Free huge pages of the default size, in MiB, as /proc/meminfo states them.
uint64_t free_huge_mib() {
    std::ifstream file("/proc/meminfo");
    uint64_t pages = 0;
    uint64_t page_kib = 0;
    for (std::string key; file >> key;) {
        if (key == "HugePages_Free:") file >> pages;
        if (key == "Hugepagesize:") file >> page_kib;
        std::string rest;
        std::getline(file, rest);
    }
    return pages * page_kib / 1024;
}

Result<void> check(const EnvironmentConfig& config) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    };
    if (config.file_prefix.size() > 64 || !std::ranges::all_of(config.file_prefix, allowed))
        return Error{ErrorCode::InvalidInput,
                     "DPDK: file_prefix takes up to 64 letters, digits, '-' and '_'"};
    if (config.memory_mib < kMemoryMibMin || config.memory_mib > kMemoryMibMax)
        return Error{ErrorCode::InvalidInput, "DPDK: memory_mib takes 64 to 65,536"};
    return {};
}

/// One lcore, number 0, on every CPU that this process may use: "0@(0,1)". Threads of our own poll
/// the ports, so that EAL's worker threads would only stand idle.
std::string lcores_argument(const cpu_set_t& allowed) {
    std::string list;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        if (!list.empty()) list += ',';
        list += std::to_string(cpu);
    }
    return "--lcores=0@(" + list + ")";
}

std::vector<std::string> eal_arguments(const EnvironmentConfig& config, const EnvironmentInfo& info,
                                       const cpu_set_t& allowed) {
    std::vector<std::string> out = {
        "switchyard", lcores_argument(allowed),        "--no-telemetry",
        "-m",         std::to_string(info.memory_mib), "--file-prefix=" + info.file_prefix};
    if (config.cards.empty()) out.emplace_back("--no-pci");
    for (const std::string& card : config.cards)
        out.push_back("--allow=" + card);
    // EAL refuses --in-memory together with --no-huge.
    if (info.huge_pages)
        out.insert(out.end(), {"--in-memory", "--single-file-segments"});
    else
        out.insert(out.end(), {"--no-huge", "--no-shconf"});
    if (!config.verbose) out.emplace_back("--log-level=error");
    return out;
}

Result<void> start_eal(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int taken = rte_eal_init(static_cast<int>(arguments.size()), argv.data());
    if (taken >= 0) return {};
    return Error{ErrorCode::Unavailable,
                 std::string("DPDK: the environment does not start: ") + rte_strerror(rte_errno)};
}

}  // namespace

struct EnvironmentStarter {
    static Result<Environment*> start(const EnvironmentConfig& config) {
        if (auto checked = check(config); !checked) return checked.error();
        static std::mutex mutex;
        static std::unique_ptr<Environment> running;
        static std::optional<Error> failure;
        const std::lock_guard lock(mutex);
        if (running) return running.get();
        if (failure) return *failure;

        std::unique_ptr<Environment> environment(new Environment);
        EnvironmentInfo& info = environment->info_;
        info.version = rte_version();
        info.file_prefix = config.file_prefix.empty() ? "switchyard-" + std::to_string(getpid())
                                                      : config.file_prefix;
        info.memory_mib = config.memory_mib;
        info.huge_pages = config.huge_pages && free_huge_mib() >= config.memory_mib;

        // EAL binds the calling thread, and with it every thread that it makes, to the lcore.
        cpu_set_t allowed;
        CPU_ZERO(&allowed);
        if (pthread_getaffinity_np(pthread_self(), sizeof(allowed), &allowed) != 0)
            return Error{ErrorCode::Io, "DPDK: the CPU affinity of the process is not readable"};
        const Result<void> started = start_eal(eal_arguments(config, info, allowed));
        (void)pthread_setaffinity_np(pthread_self(), sizeof(allowed), &allowed);
        if (!started) {
            failure = started.error();
            return *failure;
        }
        // With everything in memory EAL leaves its folder empty; rmdir takes nothing else.
        (void)rmdir(rte_eal_get_runtime_dir());
        running = std::move(environment);
        return running.get();
    }
};

Result<Environment*> Environment::start(const EnvironmentConfig& config) {
    return EnvironmentStarter::start(config);
}

}  // namespace switchyard::dataplane::dpdk
