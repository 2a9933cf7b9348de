// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

interface IErc1155Receiver {
    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes calldata data)
        external
        returns (bytes4);
    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4);
}

/// EIP-1155. Items come and go by the rules of one game contract.
contract GameItems is Owned {
    address public game;
    mapping(uint256 => mapping(address => uint256)) public balances;
    mapping(uint256 => uint256) public totalSupply;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value);
    event TransferBatch(
        address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values
    );
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    error NotGame();
    error NotAuthorized(address operator, address from);
    error InsufficientItems(address from, uint256 id, uint256 has, uint256 needs);
    error LengthMismatch();
    error InvalidRecipient();

    modifier onlyGame() {
        if (msg.sender != game) revert NotGame();
        _;
    }

    function setGame(address game_) external onlyOwner {
        game = game_;
    }

    function balanceOf(address account, uint256 id) external view returns (uint256) {
        return balances[id][account];
    }

    function balanceOfBatch(address[] calldata accounts, uint256[] calldata ids)
        external
        view
        returns (uint256[] memory out)
    {
        if (accounts.length != ids.length) revert LengthMismatch();
        out = new uint256[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) out[i] = balances[ids[i]][accounts[i]];
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data) external {
        _requireAuthorized(from);
        _move(from, to, id, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        if (to.code.length == 0) return;
        bytes4 answer = IErc1155Receiver(to).onERC1155Received(msg.sender, from, id, value, data);
        if (answer != IErc1155Receiver.onERC1155Received.selector) revert InvalidRecipient();
    }

    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external {
        _requireAuthorized(from);
        if (ids.length != values.length) revert LengthMismatch();
        for (uint256 i = 0; i < ids.length; ++i) _move(from, to, ids[i], values[i]);
        emit TransferBatch(msg.sender, from, to, ids, values);
        if (to.code.length == 0) return;
        bytes4 answer = IErc1155Receiver(to).onERC1155BatchReceived(msg.sender, from, ids, values, data);
        if (answer != IErc1155Receiver.onERC1155BatchReceived.selector) revert InvalidRecipient();
    }

    function mint(address to, uint256 id, uint256 value) external onlyGame {
        balances[id][to] += value;
        totalSupply[id] += value;
        emit TransferSingle(msg.sender, address(0), to, id, value);
    }

    function burn(address from, uint256 id, uint256 value) external onlyGame {
        uint256 balance = balances[id][from];
        if (balance < value) revert InsufficientItems(from, id, balance, value);
        unchecked {
            balances[id][from] = balance - value;
        }
        totalSupply[id] -= value;
        emit TransferSingle(msg.sender, from, address(0), id, value);
    }

    function _requireAuthorized(address from) private view {
        if (msg.sender != from && !isApprovedForAll[from][msg.sender]) revert NotAuthorized(msg.sender, from);
    }

    function _move(address from, address to, uint256 id, uint256 value) private {
        if (to == address(0)) revert InvalidRecipient();
        uint256 balance = balances[id][from];
        if (balance < value) revert InsufficientItems(from, id, balance, value);
        unchecked {
            balances[id][from] = balance - value;
        }
        balances[id][to] += value;
    }
}
