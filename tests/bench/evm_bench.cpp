// SPDX-License-Identifier: Apache-2.0
// Measures the interpreter on the contracts of the `bench-evm` suite: gas per second of one thread.
//
// Usage: evm_bench [PART OF A CASE'S NAME]. Each case runs for a second, in rounds of one
// transaction over the same state; the fastest round counts. Time is the thread's CPU time, which
// other processes on the machine disturb least.
#include <simdjson.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "host/core/hex.hpp"
#include "host/evm/evm.hpp"
#include "host/state/memory_state.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::evm {
namespace {

namespace fs = std::filesystem;
using simdjson::dom::element;

Bytes bytes(element value) {
    return from_hex(value.get_string().value()).value();
}
Uint256 word(element value) {
    return uint256_from_text(value.get_string().value()).value();
}
Address address(std::string_view hex) {
    return fixed_from_hex<20>(hex).value();
}

void load_accounts(MemoryState& world, simdjson::dom::object accounts) {
    for (const auto& [key, value] : accounts) {
        Account account;
        account.balance = word(value["balance"]);
        account.nonce = word(value["nonce"]).limb[0];
        if (Bytes code = bytes(value["code"]); !code.empty())
            account.code_hash = world.add_code(std::move(code));
        world.set_account(address(key), account);
        simdjson::dom::object slots;
        if (value["storage"].get(slots) != simdjson::SUCCESS) continue;
        for (const auto& [slot, content] : slots)
            world.set_storage(address(key), uint256_from_text(slot).value(), word(content));
    }
}

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Runs one case under London's rules, as the suite was filled, and prints a line.
void measure(const std::string& name, element test, const Bytes& input) {
    constexpr uint64_t kGas = 1'000'000'000;
    MemoryState world;
    load_accounts(world, test["pre"].get_object().value());
    BlockContext block;
    block.number = 1;
    TransactionContext transaction;
    transaction.origin = address(test["transaction"]["sender"].get_string().value());
    Message message;
    message.gas = kGas;
    message.sender = transaction.origin;
    message.recipient = address(test["transaction"]["to"].get_string().value());
    message.code_address = message.recipient;
    message.input = input;

    Evm evm(Revision::London);
    TransactionState state;
    double best = 1e9;
    double total = 0;
    uint64_t gas_used = 0;
    int rounds = 0;
    while (total < 1.0 || rounds < 3) {
        const double start = thread_seconds();
        state.begin(world, Revision::London);
        state.warm_account(message.recipient);
        const CallResult result = evm.execute(block, transaction, message, state);
        const double elapsed = thread_seconds() - start;
        if (result.status != Status::Success) {
            std::printf("%-44s failed with status %d\n", name.c_str(),
                        static_cast<int>(result.status));
            return;
        }
        gas_used = kGas - result.gas_left;
        best = std::min(best, elapsed);
        total += elapsed;
        ++rounds;
    }
    std::printf("%-44s %10.1f us %12llu gas %9.1f Mgas/s %8d rounds\n", name.c_str(), best * 1e6,
                static_cast<unsigned long long>(gas_used),
                static_cast<double>(gas_used) / best / 1e6, rounds);
    std::fflush(stdout);
}

int run(std::string_view filter) {
    const auto suite = test::conformance_suite("bench-evm");
    if (!suite) {
        std::fprintf(stderr, "no data: set SWITCHYARD_DATA to a folder that holds 'bench-evm'\n");
        return 77;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(*suite))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    simdjson::dom::parser parser;
    for (const fs::path& file : files) {
        const simdjson::dom::object tests = parser.load(file.string()).get_object().value();
        for (const auto& [name, test] : tests) {
            const simdjson::dom::array inputs = test["transaction"]["data"].get_array().value();
            size_t index = 0;
            for (const element input : inputs) {
                std::string label(name);
                if (inputs.size() > 1) label.append("/").append(std::to_string(index));
                ++index;
                if (label.find(filter) != std::string::npos) measure(label, test, bytes(input));
            }
        }
    }
    return 0;
}

}  // namespace
}  // namespace switchyard::evm

int main(int argc, char** argv) {
    return switchyard::evm::run(argc > 1 ? argv[1] : "");
}
