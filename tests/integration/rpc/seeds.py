# SPDX-License-Identifier: Apache-2.0
"""Valid requests of every method that the appliance serves in development mode, and the published exchanges of the execution-apis."""
import json
import os
import pathlib

ACCOUNT = "0xa0ee7a142d267c1f36714e4a8f75612f20a79720"   # the tenth development account, which nobody else uses here
RICH = "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65"      # the fifth: nothing is ever sent from or to it
CONTRACT = "0x700b6a60ce7eaaea56f065753d8dcb9653dbad35"
SLOT = "0x" + "00" * 32
# Signed by the tenth account with Foundry's `cast mktx` for chain 31337, nonces 0 to 2: a contract that stores 1, logs and returns it; a call
# of it with data; a call with value.
RAW = ("0x02f87a827a6980843b9aca0085174876e80083030d408080a060178060093d393df36001600055600054600052602a60206000a160206000f3c001a0cdd15597f656"
       "203c09fc7510f8908f7edef19f27aba11afbc12e1b359a529359a0422177bcb834550d118da269fb04762c549b215a7e69ba585fc628ec92ada88b",
       "0x02f872827a6901843b9aca0085174876e80083030d4094700b6a60ce7eaaea56f065753d8dcb9653dbad35808412345678c080a0abeb134fcbe6d65b44cc4550a37b"
       "d9e6b8a6a5b1d9907eab4e38b882b53d6771a00e966c14ad1589343a4a6ba5bbc11c82da3608247dbf0183be45304697e10164",
       "0x02f86e827a6902843b9aca0085174876e80083030d4094700b6a60ce7eaaea56f065753d8dcb9653dbad350380c001a0accb21537fc5627179d66c53f68649c6772b"
       "566dbe6fe786ebc852811c1457dfa03544f9b9f6d5d20f1ae1aa2b67e8d2b890a014a8261b6359099fabd7e42f5772")


def requests(transaction, block):
    """(method, parameters) of every method; `transaction` and `block` are hashes of what is on the chain."""
    call = {"from": RICH, "to": CONTRACT, "data": "0x12345678", "gas": "0x30d40", "value": "0x0"}
    overrides = {CONTRACT: {"balance": "0x1", "stateDiff": {SLOT: "0x" + "00" * 31 + "07"}}}
    logs = {"fromBlock": "0x0", "toBlock": "latest", "address": [CONTRACT], "topics": [["0x" + "00" * 31 + "2a", None]]}
    simulation = {"blockStateCalls": [{"blockOverrides": {"gasLimit": "0x1c9c380"}, "stateOverrides": overrides, "calls": [call]}],
                  "validation": False, "traceTransfers": True, "returnFullTransactions": True}
    authorization = {"chainId": "0x7a69", "address": CONTRACT, "nonce": "0x0", "yParity": "0x0", "r": "0x1", "s": "0x1"}
    at_block = [("eth_getBlockByHash", [block, True]), ("eth_getBlockReceipts", [{"blockHash": block, "requireCanonical": True}]),
                ("eth_getBlockTransactionCountByHash", [block]), ("eth_getUncleCountByBlockHash", [block]), ("eth_getUncleByBlockHashAndIndex", [block, "0x0"]),
                ("eth_getTransactionByBlockHashAndIndex", [block, "0x0"]), ("eth_getRawTransactionByBlockHashAndIndex", [block, "0x0"]),
                ("debug_traceBlockByHash", [block, {"tracer": "callTracer"}])]
    by_number = [(method, ["0x1"]) for method in ("eth_getBlockTransactionCountByNumber", "eth_getUncleCountByBlockNumber", "debug_getRawBlock",
                                                  "debug_getRawHeader", "debug_getRawReceipts")]
    return at_block + by_number + [
        ("eth_getUncleByBlockNumberAndIndex", ["0x1", "0x0"]),
        ("eth_blockNumber", []), ("eth_chainId", []), ("eth_gasPrice", []), ("eth_maxPriorityFeePerGas", []), ("eth_blobBaseFee", []),
        ("eth_baseFee", []), ("eth_syncing", []), ("eth_config", []), ("eth_capabilities", []), ("net_version", []), ("net_listening", []),
        ("net_peerCount", []), ("eth_accounts", []), ("web3_clientVersion", []), ("web3_sha3", ["0x68656c6c6f"]), ("rpc_modules", []),
        ("eth_getBlockByNumber", ["latest", False]), ("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x0"]),
        ("eth_getRawTransactionByBlockNumberAndIndex", ["0x1", "0x0"]), ("eth_getTransactionByHash", [transaction]),
        ("eth_getTransactionReceipt", [transaction]), ("eth_getRawTransactionByHash", [transaction]),
        ("eth_getBalance", [RICH, "latest"]), ("eth_getCode", [CONTRACT, {"blockNumber": "0x1"}]), ("eth_getTransactionCount", [ACCOUNT, "pending"]),
        ("eth_getStorageAt", [CONTRACT, "0x0", "latest"]), ("eth_getStorageValues", [{CONTRACT: [SLOT]}, "latest"]),
        ("eth_getProof", [CONTRACT, [SLOT], "latest"]), ("eth_call", [call, "latest", overrides, {"number": "0x10", "time": "0x7fffffff"}]),
        ("eth_call", [{**call, "authorizationList": [authorization], "maxFeePerGas": "0x174876e800", "accessList": [{"address": CONTRACT, "storageKeys": [SLOT]}]}, "latest"]),
        ("eth_estimateGas", [call, "latest", overrides]), ("eth_createAccessList", [call, "latest"]), ("eth_simulateV1", [simulation, "latest"]),
        ("eth_feeHistory", ["0x4", "latest", [10, 50.5, 90]]), ("eth_getLogs", [logs]), ("eth_newFilter", [logs]), ("eth_newBlockFilter", []),
        ("eth_newPendingTransactionFilter", []), ("eth_getFilterChanges", ["0x1"]), ("eth_getFilterLogs", ["0x1"]), ("eth_uninstallFilter", ["0x1"]),
        ("eth_subscribe", ["logs", logs]), ("eth_unsubscribe", ["0x1"]), ("eth_sendRawTransaction", [RAW[2]]),
        ("txpool_status", []), ("txpool_content", []), ("txpool_inspect", []), ("txpool_contentFrom", [ACCOUNT]),
        ("switchyard_lanePlan", ["0x1"]), ("switchyard_accessSets", ["0x1"]), ("switchyard_stations", []), ("switchyard_backends", []),
        ("debug_getRawTransaction", [transaction]), ("debug_traceBlockByNumber", ["0x1", {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}]),
        ("debug_traceTransaction", [transaction, {"enableMemory": True, "enableReturnData": True, "limit": 100}]),
        ("debug_traceCall", [call, "latest", {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": False, "withLog": True}, "stateOverrides": overrides}]),
    ]


def published():
    """Requests of the execution-apis' published exchanges; none where the data is not at hand."""
    at = pathlib.Path(os.environ.get("SWITCHYARD_DATA", "")) / "rpc-compat"
    out = []
    for file in sorted(at.glob("*/*.io")) if os.environ.get("SWITCHYARD_DATA") else []:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(">> ") and len(line) < 60_000:
                request = json.loads(line[3:])
                out.append((request["method"], request.get("params", [])))
    return out
