import type { RuntimeRules } from '../by-rules.js';

/** Shared libraries of the system, the kernel and allocators: for programs without a managed runtime, and for perf. */
export const NATIVE: RuntimeRules = {
  rules: [
    {
      cause: 'idle',
      name: /^(?:native_safe_halt|intel_idle|mwait_idle|cpuidle_enter\w*|default_idle|arch_cpu_idle|cpu_startup_entry|do_idle|poll_idle|acpi_idle\w*|xen_hypercall_sched_op|hypercall|\[idle\]|swapper)(?:_\[k\])?$/,
      priority: 6,
    },
    {
      cause: 'lock-contention',
      name: /^(?:__lll_lock_wait\w*|pthread_mutex_lock|__pthread_mutex_lock\w*|pthread_rwlock|futex_wait\w*|do_futex|native_queued_spin_lock\w*|_raw_spin_lock\w*|osq_lock|mutex_spin_on_owner|rwsem_\w+|parking_lot)/,
      priority: 5,
    },
    {
      cause: 'page-faults',
      name: /^(?:page_fault|do_page_fault|handle_mm_fault|__do_fault|do_anonymous_page|clear_page\w*|do_user_addr_fault|exc_page_fault|asm_exc_page_fault)/,
      priority: 4,
    },
    {
      cause: 'allocation',
      name: /^(?:malloc|calloc|realloc|free|cfree|_int_malloc|_int_free|__libc_malloc|__GI___libc_\w*alloc|operator new|operator delete|je_\w+|tc_\w+|mi_\w+|arena_\w+|alloc::|__rust_(?:alloc|dealloc|realloc))/,
      priority: 3,
    },
    {
      cause: 'memory-copy',
      name: /^(?:__mem(?:cpy|move|set)\w*|mem(?:cpy|move|set)\b|copy_user_\w+|copy_page\w*)/,
      priority: 2,
    },
    {
      cause: 'regular-expression',
      name: /^(?:pcre2?_\w+|re2::|regex(?:_automata|_syntax)?::|std::regex|irregexp|RegExp:)/,
      priority: 4,
    },
    {
      cause: 'compression',
      name: /^(?:deflate\w*|inflate\w*|longest_match\w*|ZSTD_\w+|LZ4_\w+|Brotli\w+|snappy::|compress_block|crc32\w*)/,
      priority: 3,
    },
    { cause: 'hashing', name: /^(?:sha\d+_\w+|SHA\d+_\w+|md5_\w+|EVP_Digest\w*|blake\w+)/, priority: 3 },
    {
      cause: 'encryption',
      name: /^(?:aes\w*_\w+|EVP_\w+|RSA_\w+|bn_\w+|BN_\w+|ecp_\w+|SSL_\w+|gcm_\w+|chacha\w*)/,
      priority: 2,
    },
    { cause: 'json', name: /^(?:rapidjson|simdjson|nlohmann|serde_json|cJSON|yajl)/, priority: 3 },
    {
      cause: 'sorting',
      name: /^(?:qsort\w*|msort_with_tmp|std::(?:__)?(?:sort|introsort\w*|__adjust_heap|__unguarded\w*)|core::slice::sort)/,
      priority: 3,
    },
    { cause: 'exceptions', name: /^(?:_Unwind_\w+|__cxa_throw|__gxx_personality\w*)/, priority: 3 },
    {
      cause: 'network-io',
      name: /^(?:tcp_\w+|inet_\w+|sock_\w+|__sys_send\w*|__sys_recv\w*|sys_recvfrom|sys_sendto|net_rx_action|ip_\w+|dev_\w+|napi_\w+)/,
      priority: 2,
    },
    {
      cause: 'file-access',
      name: /^(?:vfs_\w+|ext4_\w+|xfs_\w+|generic_file_\w+|sys_read|sys_write|ksys_read|ksys_write|blk_\w+|submit_bio)/,
      priority: 2,
    },
    {
      cause: 'thread-scheduling',
      name: /^(?:__schedule|schedule|pick_next_task\w*|try_to_wake_up|ttwu_\w+|finish_task_switch|context_switch)/,
      priority: 2,
    },
    { cause: 'syscalls', name: /^(?:entry_SYSCALL_64\w*|system_call\w*|do_syscall_64|sysret_check)/ },
  ],
  isRuntime: (name, file) =>
    /_\[k\]$|^\[|^__(?:libc|GI|clone|pthread)|^(?:_start|start_thread|clone3?)$/.test(name) ||
    /^\[|vmlinux|(?:^|\/)(?:libc|libpthread|libm|libstdc\+\+|ld|libssl|libcrypto|libz|libgcc_s)[-.]/.test(
      file,
    ),
};

/** A runtime's rules with those of the system below them: profilers such as perf see both. */
export const withSystem = (runtime: RuntimeRules): RuntimeRules => ({
  ...runtime,
  rules: [...runtime.rules, ...NATIVE.rules.map((r) => ({ ...r, priority: (r.priority ?? 1) / 10 }))],
  isRuntime: (name, file) => runtime.isRuntime(name, file) || NATIVE.isRuntime(name, file),
});
