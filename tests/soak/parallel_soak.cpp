// SPDX-License-Identifier: Apache-2.0
// Executes random conflict-heavy blocks serially and in parallel, for as many transactions as
// wanted, and compares everything.
//
// usage: parallel_soak [--transactions N] [--first N] [--step N] [--repeat N]
// Cases have the seeds first, first + step, ... Environment: SWITCHYARD_PARALLEL_TRANSACTIONS
// stands above --transactions; SWITCHYARD_PARALLEL_CASE runs that one case, --repeat times. Prints
// one line for what was compared. Exit code 0: all identical; 1: a difference, which is printed
// with its case; 2: wrong arguments.
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/soak/parallel_case.hpp"

namespace switchyard::soak {
namespace {

struct Options {
    uint64_t transactions = 100'000;
    uint64_t first = 0;
    uint64_t step = 1;
    uint64_t repeat = 1;
    std::optional<uint64_t> one_case;
};

bool parse_number(std::string_view text, uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool parse(int count, char** arguments, Options& options) {
    if (count % 2 == 0) return false;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string_view value = arguments[i + 1];
        const bool known = name == "--transactions" ? parse_number(value, options.transactions)
                           : name == "--first"      ? parse_number(value, options.first)
                           : name == "--step"       ? parse_number(value, options.step)
                           : name == "--repeat"     ? parse_number(value, options.repeat)
                                                    : false;
        if (!known) return false;
    }
    if (const char* text = std::getenv("SWITCHYARD_PARALLEL_TRANSACTIONS"))
        if (!parse_number(text, options.transactions)) return false;
    if (const char* text = std::getenv("SWITCHYARD_PARALLEL_CASE")) {
        uint64_t seed = 0;
        if (!parse_number(text, seed)) return false;
        options.one_case = seed;
    }
    return options.transactions != 0 && options.step != 0;
}

/// Prints the difference and how to see it again.
bool run_case(ParallelSoak& soak, uint64_t seed, ParallelTotals& totals) {
    const auto difference = soak.run(seed, totals);
    if (!difference) return true;
    std::printf("parallel_soak: case %llu, %s\n", static_cast<unsigned long long>(seed),
                difference->c_str());
    std::printf(
        "parallel_soak: repeat it with SWITCHYARD_PARALLEL_CASE=%llu parallel_soak "
        "--repeat 1000\n",
        static_cast<unsigned long long>(seed));
    return false;
}

bool run(const Options& options, ParallelTotals& totals) {
    const auto start = std::chrono::steady_clock::now();
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    ParallelSoak soak;
    if (options.one_case) {
        for (uint64_t i = 0; i < options.repeat; ++i)
            if (!run_case(soak, *options.one_case, totals)) return false;
        return true;
    }
    for (uint64_t seed = options.first; totals.transactions < options.transactions;
         seed += options.step) {
        if (!run_case(soak, seed, totals)) return false;
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        if (terminal)
            std::fprintf(stderr, "\r%llu of %llu, %.0f per second ",
                         static_cast<unsigned long long>(totals.transactions),
                         static_cast<unsigned long long>(options.transactions),
                         static_cast<double>(totals.transactions) / elapsed.count());
    }
    if (terminal) std::fprintf(stderr, "\r%60s\r", "");
    return true;
}

/// What grows with the number of transactions shows in a long run.
uint64_t peak_mebibytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<uint64_t>(usage.ru_maxrss) / 1024;
}

/// A soak without aborts, refusals or some revision would have proved little.
bool covers(const ParallelTotals& totals) {
    if (totals.transactions < 50'000) return true;
    for (const uint64_t transactions : totals.by_revision)
        if (transactions == 0) return false;
    return totals.aborts > totals.transactions / 100 && totals.refused_blocks > 10 &&
           totals.list_blocks > 10 && totals.merging > totals.transactions / 2 &&
           totals.succeeded > totals.transactions / 3 && totals.succeeded < totals.transactions;
}

}  // namespace
}  // namespace switchyard::soak

int main(int count, char** arguments) {
    using namespace switchyard::soak;
    Options options;
    if (!parse(count, arguments, options)) {
        std::fprintf(stderr,
                     "usage: parallel_soak [--transactions N] [--first N] [--step N] "
                     "[--repeat N]\n");
        return 2;
    }
    ParallelTotals totals;
    if (!run(options, totals)) return 1;
    const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "parallel_soak: %llu transactions in %llu blocks equal to serial, %llu of them "
        "successful, %llu aborts, %llu merging executions; %llu blocks refused alike, %llu by "
        "access lists as well; "
        "%llu MiB at most\n",
        number(totals.transactions), number(totals.blocks), number(totals.succeeded),
        number(totals.aborts), number(totals.merging), number(totals.refused_blocks),
        number(totals.list_blocks), number(peak_mebibytes()));
    if (covers(totals)) return 0;
    std::printf("parallel_soak: too little went wrong on the way to prove anything\n");
    return 1;
}
