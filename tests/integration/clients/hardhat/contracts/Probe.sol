// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// What a client has to do with a contract: state, events, every way to fail, calls within calls.
contract Probe {
    struct Entry {
        address who;
        uint64 block_number;
        string note;
    }

    uint256 public value;
    mapping(address => uint256) public balanceOf;
    Entry[] private entries;
    address public immutable owner;

    event Stored(address indexed who, uint256 indexed value, string note);
    error TooLarge(uint256 given, uint256 most);

    constructor(uint256 first) payable {
        value = first;
        owner = msg.sender;
        balanceOf[msg.sender] = msg.value;
    }

    receive() external payable {
        balanceOf[msg.sender] += msg.value;
    }

    function store(uint256 to, string calldata note) external payable {
        value = to;
        balanceOf[msg.sender] += msg.value;
        entries.push(Entry(msg.sender, uint64(block.number), note));
        emit Stored(msg.sender, to, note);
    }

    function entry(uint256 index) external view returns (Entry memory) {
        return entries[index];
    }

    function sum(uint256[] calldata values) external pure returns (uint256 out) {
        for (uint256 i = 0; i < values.length; ++i) out += values[i];
    }

    function blobHash(uint256 index) external view returns (bytes32) {
        return blobhash(index);
    }

    function failWithReason() external pure {
        require(false, "asked to fail");
    }

    function failWithError(uint256 given) external pure {
        revert TooLarge(given, 10);
    }

    function failWithPanic(uint256 by) external pure returns (uint256) {
        return 1 / by;
    }

    function failWithoutData() external pure {
        assembly {
            revert(0, 0)
        }
    }

    /// Calls `to` and passes on what it returns; its failure is this call's failure.
    function relay(address to, bytes calldata data) external payable returns (bytes memory) {
        (bool done, bytes memory out) = to.call{value: msg.value}(data);
        if (!done) {
            assembly {
                revert(add(out, 32), mload(out))
            }
        }
        return out;
    }

    /// Calls `to` and goes on when that fails.
    function tryRelay(address to, bytes calldata data) external returns (bool done) {
        (done,) = to.call(data);
        emit Stored(to, done ? 1 : 0, "tried");
    }

    function spin(uint256 rounds) external returns (uint256 out) {
        for (uint256 i = 0; i < rounds; ++i) out = uint256(keccak256(abi.encode(out, i)));
        value = out;
    }
}
