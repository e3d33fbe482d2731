import { rateText, sizeText, TOGETHER_WORDS } from '../../../../shared/model/index.ts'

export { rateText, sizeText }

/** What a pre-flight says, in English; `resources/locales` has it under `reason.migration.finding.` and `reason.migration.mend.`. */
export const FINDING_WORDS = {
  ...TOGETHER_WORDS,
  'same-host': 'It runs on {target} already. Choose another target.',
  'other-host': '{target} is another host',
  'busy-task': 'Another task holds it ({task}). Wait for it, or cancel it.',
  'busy-job': '{source} works on it now: {job}. Wait until that has ended.',
  'not-busy': 'Nothing else works on it',
  'uuid-runs':
    'The same machine (UUID {uuid}) runs on {target} as {name}. Find out which of the two is the right one before anything is moved.',
  'uuid-taken':
    '{target} has a machine with the same UUID, {name}, which is off: a copy, or left from an earlier move. Remove it from the host there first.',
  'uuid-free': 'UUID not in use there',
  transient: 'It has no definition on disk at {source}. On {target} it gets one and is kept.',
  'name-taken': '{target} has another machine named {name}. Give this one another name for the move.',
  'name-free': 'Name {name} not in use there',
  'libvirt-older':
    'libvirt is older on {target} ({to}) than on {source} ({from}) and may not understand all of the definition. Update it first if you can.',
  'qemu-older':
    'QEMU is older on {target} ({to}) than on {source} ({from}). It may refuse what the newer one sends: then the machine stays where it is. Update it first if you can.',
  'qemu-newer': 'QEMU {from} → {to}; the way back to an older one is not sure',
  'versions-fit': '{what} {from} → {to}',
  'versions-unknown': 'One of the hosts does not tell its version of {what}.',
  'machine-type-missing':
    'QEMU on {target} has no machine type {type}. Update QEMU there, or choose a type that both have while the machine is off.',
  'machine-type-there': 'Machine type {type}',
  'machine-type-unknown': 'It is not known whether {target} has the machine type {type}.',
  'emulator-missing': '{target} names another emulator than {emulator} for such a machine. If that one is not there, install it.',
  'emulator-there': 'Emulator {emulator}',
  'cpu-missing':
    'The processor of {target} lacks what the guest uses: {features}. Choose a host that has it, or take it out of the guest’s processor while it is off.',
  'cpu-differs':
    'The processor of {target} cannot be what the guest has. Choose another host, or a simpler model while the machine is off.',
  'cpu-there': 'Processor {model}',
  'cpu-passthrough':
    'The guest has the processor of {source} as it is. It goes on well only where the very same one is: give it a named model if it is to move.',
  'cpu-unknown': 'The processors could not be compared.',
  'firmware-none': 'BIOS: nothing to carry along',
  'firmware-missing': '{target} has no firmware {loader}. Install the same package of OVMF there.',
  'firmware-there': 'Firmware {loader}',
  'firmware-unknown': 'It is not known whether {target} has the firmware {loader}.',
  'nvram-none': 'No UEFI settings yet: it was never started',
  'nvram-shared': 'UEFI settings are seen by both hosts',
  'nvram-goes': 'UEFI settings (boot entries, Secure Boot keys) go along',
  'nvram-stays':
    'The UEFI settings in {nvram} do not go along while the machine is off: it would start with fresh ones, without its boot entries and its own Secure Boot keys. Copy that file to {target}, or move the machine live.',
  'tpm-none': 'No TPM',
  'tpm-missing': '{target} cannot emulate a TPM {model}. Install swtpm there.',
  'tpm-there': 'TPM {model}',
  'tpm-unknown': 'It is not known whether {target} can emulate a TPM {model}.',
  'tpm-passthrough': 'It uses the TPM chip of {source}, which stays there. Remove it, or give the machine an emulated one.',
  'tpm-stays':
    'What its TPM keeps does not go along while the machine is off: BitLocker would ask for its recovery key, and LUKS for its passphrase. Start it and move it live, or have those keys at hand and leave it behind.',
  'tpm-left':
    'What its TPM keeps is lost: it gets a new one, and the old one is deleted at {source}. Have the recovery keys of encrypted disks (BitLocker, LUKS) at hand.',
  'memory-short': 'It holds {needed} of memory, and {target} has {free} free. Free some there, or choose another host.',
  'memory-tight': 'It may use {needed} of memory, and {target} has {free} free. Free some there, or the host may swap.',
  'memory-fits': '{free} of memory free',
  'memory-unknown': '{target} does not tell how much memory is free.',
  'huge-pages-none': 'No huge pages needed',
  'huge-pages-short': 'It needs {needed} huge pages of {size}, and {target} has {free} free. Reserve more there.',
  'huge-pages-fit': 'Huge pages of {size}: {free} free',
  'huge-pages-unknown': '{target} does not tell how many huge pages of {size} are free.',
  'host-devices-none': 'No passed-through device',
  'host-devices':
    'It uses {devices} of {source}, which a running machine cannot take along. Remove that first, or shut the machine down and move it cold.',
  'host-devices-cold': 'It uses {devices} of {source}. It starts on {target} only if the same is there.',
  'disks-none': 'No disks',
  'disk-not-seen': '{target} does not see {path}, the disk {disk}. Mount the same storage there, or copy the disk.',
  'disk-other-file': '{target} has a file {path} of its own: the disk {disk} is not on shared storage. Copy it.',
  'disk-same-unknown':
    'It cannot be told whether {path}, the disk {disk}, is the same one on both hosts. If it is another, the guest goes on with wrong data. Copy it if you are not sure.',
  'disk-shared': 'Disk {disk} is seen by both hosts',
  'disk-network': 'Disk {disk} is on the network',
  'disk-copied': 'Disk {disk} goes to {place}',
  'disk-flattened': 'Disk {disk} goes to {place} whole, with what it stands on ({backing})',
  'disk-carried': 'Disk {disk} goes to {place} through this console',
  'disk-carried-whole':
    'Disk {disk} goes to {place} through this console, with what it stands on ({backing}): it is made whole first, beside itself in the pool {pool} of {source}, which takes up to {size} there for a while.',
  'disk-in-no-pool':
    'The disk {disk} ({path}) lies in no pool of {source}, so that this console cannot read it. Make a pool of its folder there, or start the machine and move it live.',
  'disk-not-whole': 'The disk {disk} stands on {backing}, and {source} cannot make it whole: {why} Start the machine and move it live.',
  'disk-shareable': 'The disk {disk} is shared by several machines: a copy would part from theirs. Put it on storage that both hosts see.',
  'disk-left': 'The disk {disk} would be left behind, and the machine needs it. Copy it.',
  'disk-no-place': 'The disk {disk} lies in no pool of {source}. Choose a pool of {target} for it.',
  'disk-size-unknown': 'The size of the disk {disk} could not be read, so nothing can be made to hold it. Refresh its pool on {source}.',
  'disk-backing-missing':
    'The disk {disk} stands on {backing}, which {target} does not see. Mount the same storage there, or copy the disk.',
  'volume-taken':
    'The pool {pool} of {target} has a volume {volume} already, perhaps left from an earlier move. Give the copy another name, or delete that one under Storage.',
  'volume-twice': 'Two disks would go to {volume} in the pool {pool}. Give one of the copies another name.',
  'pools-none': 'No pool needed',
  'pool-missing': '{target} has no pool {pool}, so the disk {disks} would have nowhere to go. Create it there, or choose another.',
  'pool-off': 'The pool {pool} of {target} is off, and the disk {disks} goes there. Start it, or choose another.',
  'pool-no-files': 'The pool {pool} of {target} has no folder or device to copy into. Choose another for the disk {disks}.',
  'pool-no-folder':
    'The pool {pool} of {target} is no folder, and what goes through this console goes into files. Choose a folder for the disk {disks}.',
  'pool-there': 'Pool {pool}',
  'space-none': 'No room needed for disks',
  'space-short': '{disks} take {needed}, and the pool {pool} of {target} has {free} free. Free some there, or choose another.',
  'space-tight': '{disks} fit into the pool {pool} now, but may grow to {needed} of its {free} free. Free some there, or choose another.',
  'space-fits': 'Pool {pool} has {free} free',
  'space-later': 'How much room the pool {pool} has shows once it is on.',
  'space-no-size': 'How large the disks {disks} are is not known, and so whether the pool {pool} of {target} has room for them.',
  'space-unknown': 'The pool {pool} of {target} does not tell how much room it has.',
  'cache-unsafe':
    'The disk {disk} is shared with the cache mode {cache}: what {source} has not written yet, {target} may not see. Set it to “none”.',
  'cache-safe': 'Cache modes safe for a move',
  snapshots: 'It has snapshots ({count}), and these hosts move no machine that has any. Delete or merge them first.',
  'snapshots-go':
    'Its snapshots ({count}) come along: {source} forgets them just before it goes, {target} is told of them as soon as it is there, and none of their data is touched',
  'snapshots-live-copy':
    'It has snapshots ({count}), and a disk that is copied while it runs arrives without them: {disks}. Shut it down and move it while it is off, put its disks where both hosts see them, or delete the snapshots first.',
  'snapshots-chain':
    'Its snapshots lie in files beneath its disks ({count}), and of a disk that is copied only what it is now arrives: {disks}. Put its disks where both hosts see them, or merge the snapshots first.',
  'snapshots-whole':
    'The disk {disk} stands on {backing}, so that it is made whole to be copied, and loses its snapshots ({count}). Put it where both hosts see it, or delete the snapshots first.',
  'snapshots-file':
    'Its snapshots need {path}, which {target} does not see: it stays at {source}, and what needs it cannot be reverted to. Put it on storage that both hosts see, or merge the snapshots first.',
  'snapshots-file-unknown':
    'It is not known whether {target} sees {path}, which its snapshots need. What needs it can be reverted to there only if it does.',
  checkpoints: 'Its checkpoints ({count}) stay behind: the next backup after the move has to be a full one.',
  saved: 'Its memory is saved on {source} and does not go along. Start it and move it live, or discard what is saved.',
  'snapshots-none': 'No snapshots in the way',
  'media-none': 'No medium in a drive',
  'media-dropped':
    '{path} is in the drive {drive}, and {target} does not have it. Its startup policy is “{policy}”, so that it goes, with the drive empty. Put it there first if the guest needs it.',
  'media-missing': '{path} is in the drive {drive}, and {target} does not have it. Eject it.',
  'media-not-copied': 'What is in the drive {drive} is not copied along. Put {path} on {target} first, or eject it.',
  'media-there': '{path} is there too',
  'media-unknown': 'It is not known whether {target} has {path}, which is in the drive {drive}. Eject it if the guest does not need it.',
  'networks-none': 'No network cards',
  'network-missing': '{target} has no network {network}, to which the card {mac} belongs. Create it there, or choose another.',
  'network-off': 'The network {network} of {target} is off, and the card {mac} belongs to it. Start it, or choose another.',
  'network-there': 'Network {network}',
  'port-group-there': 'Port group {group} of the network {network}',
  'port-group-missing':
    'The network {network} of {target} has no port group {group}, to which the card {mac} belongs: libvirt would put it there without a word outside of its VLAN and its limits. Add the port group there.',
  'port-group-left': 'The card {mac} leaves the port group {group}: on {network} of {target} it has none of its VLAN and its limits.',
  'port-group-unknown':
    'It is not known whether the network {network} of {target} has the port group {group}, to which the card {mac} belongs.',
  'bridge-missing': '{target} has no bridge {bridge}, to which the card {mac} belongs. Make one there, or choose another way.',
  'bridge-there': 'Bridge {bridge}',
  'bridge-unknown': '{target} does not tell whether it has a bridge {bridge}. Without it the machine does not start there.',
  'nic-direct': 'The card {mac} hangs on {source} itself ({kind}). It works on {target} only if the same device is there.',
  'nic-user': 'Card {mac} needs nothing of the host',
  'display-none': 'No display',
  'display-address': 'A display listens on {address}, which {target} does not have. Let it listen on 127.0.0.1 and start the machine anew.',
  'display-fits': 'Displays can listen there',
  'display-unknown': 'A display listens on {address}, and it is not known whether {target} has that address.',
  'agent-none': 'No guest agent to wait for',
  'agent-answers': 'Guest agent answers',
  'agent-silent': 'The guest agent does not answer, so that the guest cannot be asked how it is afterwards. Start qemu-guest-agent in it.',
  'agent-off': 'The machine is off',
  'clocks-agree': 'Clocks within {by}',
  'clocks-apart': 'The clocks of both hosts are {by} apart: {ahead} is ahead. The guest’s clock may jump. Have {host} set its clock.',
  'clocks-apart-no-service':
    'The clocks of both hosts are {by} apart: {ahead} is ahead. The guest’s clock may jump. No time service was found on {host}: install chrony there.',
  'clocks-unknown': 'The clocks of both hosts could not be compared.',
  'name-right': 'Host name {name} resolves',
  'name-debian': '{name} leads {host} to itself, as Debian has it; moves go by {address}',
  'name-unresolved': '{host} does not find its own name {name}; moves go by {address}',
  'name-loopback':
    'On {host} its own name {name} leads to {addresses}. This console moves by {address}, but other tools fail. Mend /etc/hosts there.',
  'name-elsewhere':
    'On {host} its own name {name} leads to {addresses}, which is not its own. This console moves by {address}, but others reach the wrong host. Mend /etc/hosts there, or the DNS.',
  'name-unknown': 'It is not known to what the name of {host} leads there.',
  'no-address': 'No address of {target} is known by which {source} could reach it. Add the connection by an address, not by a tunnel.',
  'ports-not-needed': 'No port needed',
  'ports-full': 'All of the ports {first}–{last} of {target} are in use. Wait for other moves to end.',
  'ports-closed':
    'Nothing from {source} gets to {target}. Open the ports {first}–{last} in its firewall, or send it through the connection of the daemons.',
  'ports-open': 'Ports {first}–{last} open',
  'ports-unknown': 'Whether a firewall is in the way between the hosts shows when the bandwidth is measured. Measure it.',
  'trust-not-needed': 'Led by this console: no login from host to host',
  'trust-there': '{source} can log in to {target}',
  'trust-missing': '{source} cannot log in to {target} by itself. Let this console lead the move, or put the key of {source} there.',
  'trust-unknown': 'It is not known whether {source} can log in to {target} by itself.',
  'bandwidth-console': 'Disks go through this console: the hosts need not reach each other',
  'bandwidth-not-needed': 'Nothing to send',
  'bandwidth-zero': 'Nothing gets from {source} to {target}: the bandwidth was measured as 0. Look at the network between them.',
  'bandwidth-known': 'Bandwidth {rate}',
  'bandwidth-unknown': 'The bandwidth between the hosts is not measured, so that the prediction is wide. Measure it.',
  'dirty-not-needed': 'The guest writes nothing meanwhile',
  'dirty-below': 'The guest writes {dirty}',
  'dirty-above': 'The guest writes {dirty} to its memory, and {bandwidth} get through: the move would not end by itself. Choose a way out.',
  'dirty-handled': 'The guest writes faster than is sent, and what was chosen ends the move all the same',
  'dirty-unknown': 'How fast the guest writes to its memory is not measured. Measure it.',
  'writes-usual': 'The guest writes as usual then, about {usual} a second',
  'write-peak':
    'Write peak at {from}. Until {until} the guest writes about {peak} a second to its disks on most days, else {usual} ({days} days seen). Moving then takes about {longer} longer.',
  'write-peak-endless':
    'Write peak at {from}. Until {until} the guest writes about {peak} a second to its disks on most days, else {usual} ({days} days seen). A move may not end by itself then.',
  'write-peak-harmless': 'Write peak from {from} to {until}, which makes the move hardly longer',
  maintenance: '{target} is in maintenance. Choose another target, or end the maintenance.',
  'no-maintenance': 'Not in maintenance',
  'options-fit': 'What was chosen goes together',
  'post-copy-risk':
    'In post-copy its memory is on both hosts: if the link between them fails then, the guest loses it and has to start anew.',
  'wish-unknown': 'The wish names {device}, and {name} has no such disk or card now. Take it out of the wish.',
  'cold-running': 'It runs. Shut it down to move it cold, or move it live.',
  'cold-limit': 'Disks of a machine that is off go through this console, which keeps to no limit. Take the limit out.',
  'cold-tunnelled': 'A machine that is off has no memory to send through a tunnel.',
  'paused-post-copy': 'Post-copy is for machines that run meanwhile.',
  'tunnelled-client': 'Only the hosts themselves can send it through their own connection.',
  'tunnelled-copies': 'Disks are not copied through the connection of the daemons.',
  'tunnelled-post-copy': 'Post-copy does not go through the connection of the daemons.',
  'tunnelled-parallel': 'Through the connection of the daemons it goes one way only, not in parallel.',
  'parallel-compress': 'Parallel connections do not use this compression, and newer libvirt refuses the two together.',
  'parallel-post-copy': 'QEMU before 10.1 does not support post-copy with parallel connections.',
} as const

export type FindingCode = keyof typeof FINDING_WORDS

export const MEND_WORDS = {
  rename: 'Name it {name} there',
  'create-pool': 'Create it there',
  'start-pool': 'Start it',
  'other-pool': 'Use {pool}',
  'other-volume': 'Name the copy {volume}',
  'copy-disk': 'Copy the disk',
  'share-disk': 'Use it as shared',
  'create-network': 'Create it there',
  'start-network': 'Start it',
  'other-network': 'Use {network}',
  'leave-tpm': 'Leave it behind',
  'without-port-group': 'Without a port group',
  'eject-media': 'Eject it',
  'safe-cache': 'Set it to none',
  'set-clock': 'Set the clock of {host}',
  'client-led': 'Let this console lead',
  'peer-led': 'Let the hosts lead',
  tunnelled: 'Send it through SSH',
  'without-tunnel': 'Without the tunnel',
  'without-post-copy': 'Without post-copy',
  'without-parallel': 'One connection',
  'without-compression': 'Without compression',
  'move-live': 'Move it live',
  'auto-converge': 'Slow the guest down',
  'post-copy': 'Allow post-copy',
  paused: 'Pause it meanwhile',
  'more-bandwidth': 'Without a limit',
  'plan-for': 'Plan for {at}',
} as const

export type MendCode = keyof typeof MEND_WORDS

export function filled(words: string, params: Readonly<Record<string, string>>): string {
  return words.replaceAll(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole)
}

/** Milliseconds as a person says them: 1.8 s, 4 min, 1 h. */
export function spanText(ms: number): string {
  const s = Math.abs(ms) / 1_000
  if (s < 100) return `${Number(s.toFixed(1))} s`
  if (s < 3_600) return `${Math.round(s / 60)} min`
  return `${Number((s / 3_600).toFixed(1))} h`
}
