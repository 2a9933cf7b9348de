// SPDX-License-Identifier: Apache-2.0
// `switchyard t8n`: one state transition, with the interface of go-ethereum's `evm t8n`.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "host/core/hex.hpp"
#include "tools/conformance/block_executor.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/trace_options.hpp"
#include "tools/t8n/t8n_output.hpp"
#include "tools/t8n/transition.hpp"
#include "tools/trace/trace_writer.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

struct T8nSettings {
    t8n::InputSources sources;
    std::string base_folder;
    std::string alloc = "alloc.json";
    std::string result = "result.json";
    std::string body;
    std::string fork = "GrayGlacier";
    uint64_t chain_id = 1;
    int64_t reward = 0;
    std::string execution = "parallel";
    bool traces = false;
    trace::TraceFormat format;
    int verbosity = 0;
};

constexpr size_t kInputBytesMax = size_t{1} << 30;

Result<std::string> read_standard_input() {
    std::string out;
    std::array<char, 65536> chunk{};
    size_t got = 0;
    while ((got = std::fread(chunk.data(), 1, chunk.size(), stdin)) > 0) {
        out.append(chunk.data(), got);
        if (out.size() > kInputBytesMax)
            return Error{ErrorCode::LimitExceeded, "stdin: is longer than 1 GiB"};
    }
    if (std::ferror(stdin) != 0)
        return Error{ErrorCode::Io, std::string("stdin: ") + std::strerror(errno)};
    if (out.empty()) return Error{ErrorCode::InvalidInput, "stdin: is empty"};
    return out;
}

Result<void> write_file(const fs::path& file, std::string_view text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) return Error{ErrorCode::Io, file.string() + ": cannot be written"};
    return {};
}

/// Puts each part where it belongs: a file, or a member of one object on a stream.
class OutputSet {
  public:
    explicit OutputSet(fs::path folder) : folder_(std::move(folder)) {}

    Result<void> add(const std::string& target, const std::string& name, nlohmann::json value) {
        if (target.empty()) return {};
        if (target == "stdout")
            stdout_[name] = std::move(value);
        else if (target == "stderr")
            stderr_[name] = std::move(value);
        else
            return write_file(folder_ / target, value.dump(1) + "\n");
        return {};
    }
    void print() const {
        if (!stdout_.empty()) fmt::print("{}\n", stdout_.dump(2));
        if (!stderr_.empty()) fmt::print(stderr, "{}\n", stderr_.dump(2));
    }

  private:
    fs::path folder_;
    nlohmann::json stdout_ = nlohmann::json::object();
    nlohmann::json stderr_ = nlohmann::json::object();
};

/// The text of one file for each transaction that became final, until all are written.
class TraceFiles final : public execute::BlockTracing {
  public:
    TraceFiles(const trace::TraceFormat& format, fs::path folder)
        : format_(format), folder_(std::move(folder)) {}

    std::unique_ptr<evm::Tracer> begin(size_t /*index*/) override {
        return std::make_unique<trace::TraceWriter>(format_);
    }
    void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                const execute::TransactionOutcome& outcome) override {
        const auto& writer = static_cast<const trace::TraceWriter&>(*tracer);
        std::string text = writer.lines();
        trace::TraceSummary summary;
        summary.output = outcome.output;
        summary.gas_used = writer.message_gas_used();
        summary.error = evm::describe(outcome.status);
        trace::append_line(text, summary);
        texts_.push_back(std::move(text));
        SWITCHYARD_ASSERT(texts_.size() == index + 1);
    }
    /// Writes `trace-INDEX-HASH.jsonl` for each.
    Result<void> write(const std::vector<SignedTransaction>& included) const {
        for (size_t i = 0; i < texts_.size(); ++i) {
            const std::string name =
                fmt::format("trace-{}-{}.jsonl", i, to_hex(included.at(i).hash));
            if (auto written = write_file(folder_ / name, texts_[i]); !written) return written;
        }
        return {};
    }

  private:
    trace::TraceFormat format_;
    fs::path folder_;
    std::vector<std::string> texts_;
};

Result<void> transition(const T8nSettings& settings) {
    if (settings.reward < -1) return Error{ErrorCode::InvalidInput, "--state.reward is below -1"};
    std::string standard_input;
    const t8n::InputSources& from = settings.sources;
    for (const std::string& source :
         {from.alloc, from.environment, from.transactions, from.blob_parameters}) {
        if (source != "stdin" || !standard_input.empty()) continue;
        auto read = read_standard_input();
        if (!read) return read.error();
        standard_input = *std::move(read);
    }
    const auto input = t8n::read_input(from, standard_input, settings.chain_id);
    if (!input) return input.error();
    const fs::path folder = settings.base_folder;
    std::error_code error;
    if (!folder.empty() && !fs::is_directory(folder) && !fs::create_directories(folder, error))
        return Error{ErrorCode::Io, folder.string() + ": cannot be made: " + error.message()};

    TraceFiles traces(settings.format, folder);
    t8n::TransitionSettings how;
    how.fork = settings.fork;
    how.chain_id = settings.chain_id;
    how.reward.reset();
    if (settings.reward >= 0) how.reward = Uint256(static_cast<uint64_t>(settings.reward));
    how.tracing = settings.traces ? &traces : nullptr;
    conformance::ExecutionSettings execution;
    execution.mode = *conformance::execution_mode_from_name(settings.execution);
    conformance::BlockExecutor executor(execution);
    const auto done = t8n::run_transition(
        *input, how,
        [&](const execute::BlockInput& block, const StateView& parent, const auto& make_roots) {
            return executor.execute(block, parent, make_roots);
        });
    if (!done) return done.error();

    OutputSet outputs(folder);
    for (const auto& written :
         {traces.write(done->included),
          outputs.add(settings.alloc, "alloc", t8n::alloc_json(done->state)),
          outputs.add(settings.result, "result", t8n::result_json(*done, input->environment)),
          outputs.add(settings.body, "body", t8n::body_json(done->included))})
        if (!written) return written.error();
    outputs.print();
    return {};
}

void add_input_options(CLI::App& command, T8nSettings& settings) {
    command
        .add_option("--input.alloc", settings.sources.alloc,
                    "State before: a file, or 'stdin' for the member 'alloc' of one JSON object")
        ->capture_default_str();
    command
        .add_option("--input.env", settings.sources.environment,
                    "Environment of the block: a file, or 'stdin' (member 'env')")
        ->capture_default_str();
    command
        .add_option("--input.txs", settings.sources.transactions,
                    "Transactions: a JSON file, a file *.rlp with the hex of an RLP list, or "
                    "'stdin'\n(members 'txs' or 'txsRlp'); unsigned ones need a 'secretKey'")
        ->capture_default_str();
    command.add_option("--input.blobParams", settings.sources.blob_parameters,
                       "Blob parameters of the fork: a file, or 'stdin' (member 'blobParams')");
}

void add_output_options(CLI::App& command, T8nSettings& settings) {
    command.add_option("--output.basedir", settings.base_folder,
                       "Folder of the output files; made if it is not there");
    command
        .add_option("--output.alloc", settings.alloc,
                    "State afterwards: 'stdout', 'stderr', a file, or '' for nowhere")
        ->capture_default_str();
    command.add_option("--output.result", settings.result, "Roots, receipts, rejections: the same")
        ->capture_default_str();
    command.add_option("--output.body", settings.body,
                       "RLP list of the included transactions, in hex: the same");
}

}  // namespace

void add_t8n_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "t8n", "Apply transactions to a state, with the interface of go-ethereum's 'evm t8n'");
    command->alias("transition");
    const auto settings = std::make_shared<T8nSettings>();
    add_input_options(*command, *settings);
    add_output_options(*command, *settings);
    command
        ->add_option("--state.fork", settings->fork,
                     "Fork by its name in the official tests (London, Merge, Osaka, BPO1), or a "
                     "transition\n(BerlinToLondonAt5, CancunToPragueAtTime15k)")
        ->capture_default_str();
    command->add_option("--state.chainid", settings->chain_id, "Chain id")->capture_default_str();
    command
        ->add_option("--state.reward", settings->reward,
                     "Reward of the block in wei; -1: none, and the beneficiary is not touched")
        ->capture_default_str();
    command
        ->add_option("--execution", settings->execution,
                     "serial, or parallel over lanes with the serial result")
        ->check(CLI::IsMember({"serial", "parallel"}))
        ->capture_default_str();
    command->add_flag("--trace", settings->traces,
                      "Write trace-INDEX-HASH.jsonl (EIP-3155) for each included transaction");
    add_trace_format_options(*command, settings->format);
    command->add_option("--verbosity", settings->verbosity,
                        "Taken for the sake of drivers, without effect");
    command->footer(
        "Forks: Frontier, Homestead, EIP150, EIP158, Byzantium, Constantinople, ConstantinopleFix, "
        "Istanbul, MuirGlacier, Berlin,\nLondon, ArrowGlacier, GrayGlacier, Merge, Paris, "
        "Shanghai, "
        "Cancun, Prague, Osaka, BPO1, BPO2, BPO3, BPO4, Amsterdam;\ntransitions such as "
        "BerlinToLondonAt5, ParisToShanghaiAtTime15k, ShanghaiToCancunAtTime15k,\n"
        "CancunToPragueAtTime15k, PragueToOsakaAtTime15k, OsakaToBPO1AtTime15k, "
        "BPO1ToBPO2AtTime15k, BPO2ToAmsterdamAtTime15k.\n"
        "An invalid transaction is rejected (member 'rejected' of the result), and the others go "
        "on. Input that is malformed, or\nlacks what the fork needs, is one line with file and "
        "field and exit code 2. Example:\n"
        "  switchyard t8n --input.alloc alloc.json --input.env env.json --input.txs txs.json "
        "--state.fork London \\\n    --output.result stdout --output.alloc stdout");
    command->callback([settings, &exit_code] {
        const auto done = transition(*settings);
        exit_code = done ? kExitSuccess : report_error(done.error());
    });
}

}  // namespace switchyard::tool
