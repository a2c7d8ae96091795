import type { RuntimeRules } from '../by-rules.js';
import { withSystem } from '../native/rules.js';

/** Classes of the platform, with dots or slashes: `java.util.HashMap.get`, `java/util/HashMap.get`. */
const PLATFORM = /^L?(?:java|javax|jdk|sun|com[./]sun|kotlin|scala|clojure[./]lang|org[./]graalvm)[./]/;
const NATIVE =
  /^(?:\[|__|_Z|JVM_|Java_|libjvm|os::|Unsafe_|JavaCalls|JavaThread|thread_native_entry|start_thread|call_stub|Interpreter)|::|_\[k\]$/;

const cls = (...names: string[]): RegExp =>
  new RegExp(`^L?(?:${names.map((n) => n.replaceAll('.', '[./]')).join('|')})`);

export const JVM: RuntimeRules = withSystem({
  rules: [
    {
      cause: 'gc',
      name: /^(?:G1|PSParallel|PSScavenge|ParallelGC|ParNew|Z(?:Mark|Relocate|Driver)|Shenandoah|GCTask|SpinPause|ParallelTaskTerminator|TaskTerminator|SerialHeap|DefNew|MarkSweep|GangWorker|WorkerThread|VM_G1|VM_Parallel|CMS)\w*(?:::|$)/,
      priority: 6,
    },
    {
      cause: 'jit',
      name: /^(?:C1|C2|Compile|CompileBroker|PhaseIdealLoop|PhaseChaitin|Parse|IdealGVN|Matcher)\w*::/,
      priority: 5,
    },
    {
      cause: 'exceptions',
      name: cls(
        'java.lang.Throwable.(?:fillInStackTrace|<init>|getStackTrace|printStackTrace)',
        'java.lang.StackTraceElement',
        'java.lang.\\w*(?:Exception|Error).<init>',
        'java.lang.StackStreamFactory',
      ),
      priority: 5,
    },
    {
      cause: 'idle',
      name: cls(
        'java.lang.Thread.sleep',
        'sun.nio.ch.\\w*(?:EPoll|KQueue|Poll)\\w*.(?:wait|epollWait|poll)',
        'java.net.PlainSocketImpl.socketAccept',
        'sun.nio.ch.Net.accept',
      ),
      priority: 4,
    },
    {
      cause: 'lock-contention',
      name: cls(
        'java.util.concurrent.locks.',
        'java.lang.Object.wait',
        'jdk.internal.misc.Unsafe.park',
        'sun.misc.Unsafe.park',
      ),
      priority: 3,
    },
    { cause: 'lock-contention', name: /^ObjectMonitor::|^ObjectSynchronizer::/, priority: 5 },
    {
      cause: 'logging',
      name: cls(
        'org.slf4j',
        'ch.qos.logback',
        'org.apache.log(?:4j|ging)',
        'java.util.logging',
        'org.jboss.logging',
        'java.io.PrintStream.print',
        'org.tinylog',
      ),
      priority: 4,
    },
    {
      cause: 'orm-hydration',
      name: cls(
        'org.hibernate',
        'org.eclipse.persistence',
        'org.apache.ibatis',
        'io.ebean',
        'org.springframework.data',
        'org.jooq',
      ),
      priority: 3,
    },
    {
      cause: 'regular-expression',
      name: cls(
        'java.util.regex',
        'com.google.re2j',
        'java.lang.String.(?:matches|replaceAll|replaceFirst|split)',
      ),
      priority: 4,
    },
    {
      cause: 'json',
      name: cls(
        'com.fasterxml.jackson',
        'com.google.gson',
        'org.json',
        'com.alibaba.fastjson',
        'jakarta.json',
        'javax.json',
        'com.squareup.moshi',
      ),
      priority: 3,
    },
    {
      cause: 'serialisation',
      name: cls(
        'java.io.Object(?:Input|Output)Stream',
        'com.google.protobuf',
        'com.esotericsoftware.kryo',
        'org.apache.avro',
        'org.apache.thrift',
        'javax.xml',
        'com.sun.xml',
        'com.thoughtworks.xstream',
        'org.yaml.snakeyaml',
      ),
      priority: 3,
    },
    {
      cause: 'key-derivation',
      name: cls(
        'com.sun.crypto.provider.PBKDF2',
        'org.bouncycastle.crypto.generators',
        'org.mindrot',
        'org.springframework.security.crypto.bcrypt',
      ),
      priority: 4,
    },
    {
      cause: 'hashing',
      name: cls(
        'sun.security.provider.(?:SHA|MD5|DigestBase)',
        'java.security.MessageDigest',
        'java.util.zip.(?:CRC32|Adler32)',
      ),
      priority: 3,
    },
    {
      cause: 'random-numbers',
      name: cls(
        'java.security.SecureRandom',
        'sun.security.provider.(?:NativePRNG|SecureRandom|DRBG|HashDrbg)',
      ),
      priority: 4,
    },
    {
      cause: 'encryption',
      name: cls(
        'javax.crypto',
        'com.sun.crypto',
        'sun.security',
        'java.security',
        'javax.net.ssl',
        'org.bouncycastle',
        'org.conscrypt',
      ),
      priority: 2,
    },
    {
      cause: 'compression',
      name: cls(
        'java.util.zip',
        'org.xerial.snappy',
        'net.jpountz',
        'com.github.luben.zstd',
        'org.apache.commons.compress',
      ),
      priority: 3,
    },
    {
      cause: 'reflection',
      name: cls(
        'java.lang.reflect',
        'jdk.internal.reflect',
        'sun.reflect',
        'java.lang.Class.(?:forName|getMethod|getDeclared)',
        'java.lang.invoke.MethodHandleNatives',
        'org.springframework.cglib',
        'net.sf.cglib',
      ),
      priority: 2,
    },
    {
      cause: 'module-loading',
      name: cls(
        'java.lang.ClassLoader',
        'jdk.internal.loader',
        'java.net.URLClassLoader',
        'java.util.jar',
        'sun.misc.URLClassPath',
      ),
      priority: 3,
    },
    {
      cause: 'sorting',
      name: cls(
        'java.util.(?:TimSort|ComparableTimSort|DualPivotQuicksort|Collections.sort|Arrays.(?:sort|parallelSort|mergeSort|legacyMergeSort))',
        'java.util.ArrayList.sort',
      ),
      priority: 4,
    },
    {
      cause: 'number-formatting',
      name: cls(
        'java.util.Formatter',
        'java.lang.String.format',
        'java.text.(?:DecimalFormat|NumberFormat|MessageFormat)',
      ),
      priority: 3,
    },
    {
      cause: 'date-handling',
      name: cls(
        'java.time',
        'java.text.SimpleDateFormat',
        'java.util.(?:Calendar|GregorianCalendar|Date|TimeZone)',
        'org.joda.time',
      ),
      priority: 3,
    },
    {
      cause: 'big-integers',
      name: cls('java.math.(?:BigInteger|BigDecimal|MutableBigInteger)'),
      priority: 3,
    },
    {
      cause: 'boxing',
      name: cls('java.lang.(?:Integer|Long|Double|Short|Byte|Character|Boolean).(?:valueOf|<init>)'),
      priority: 2,
    },
    {
      cause: 'map-growth',
      name: cls(
        'java.util.HashMap.resize',
        'java.util.concurrent.ConcurrentHashMap.(?:transfer|helpTransfer|addCount)',
        'java.util.IdentityHashMap.resize',
      ),
      priority: 3,
    },
    {
      cause: 'hash-tables',
      name: cls(
        'java.util.(?:HashMap|LinkedHashMap|TreeMap|HashSet|Hashtable|concurrent.ConcurrentHashMap|concurrent.ConcurrentSkipList)',
      ),
      priority: 1,
    },
    {
      cause: 'string-building',
      name: cls(
        'java.lang.(?:StringBuilder|StringBuffer|AbstractStringBuilder|StringConcatHelper|String|StringLatin1|StringUTF16|invoke.StringConcatFactory|StringCoding)',
        'java.util.StringJoiner',
      ),
      priority: 1,
    },
    {
      cause: 'memory-copy',
      name: cls(
        'java.lang.System.arraycopy',
        'java.util.Arrays.copyOf',
        'jdk.internal.misc.Unsafe.copyMemory',
      ),
    },
    {
      cause: 'list-scanning',
      name: cls(
        'java.util.(?:ArrayList|LinkedList|Arrays\\$ArrayList).(?:indexOf|contains|lastIndexOf|node)',
      ),
    },
    {
      cause: 'database-driver',
      name: cls(
        'org.postgresql',
        'com.mysql',
        'oracle.jdbc',
        'com.microsoft.sqlserver',
        'com.zaxxer.hikari',
        'org.h2',
        'com.mongodb',
        'redis.clients',
        'io.lettuce',
      ),
      priority: 2,
    },
    {
      cause: 'templating',
      name: cls('org.thymeleaf', 'freemarker', 'org.apache.velocity', 'com.github.mustachejava'),
      priority: 3,
    },
    {
      cause: 'validation',
      name: cls('org.hibernate.validator', 'jakarta.validation', 'javax.validation'),
      priority: 4,
    },
    {
      cause: 'network-io',
      name: cls('sun.nio.ch.(?:Socket|ServerSocket|Datagram)', 'java.net.Socket'),
      priority: 3,
    },
    {
      cause: 'file-access',
      name: cls(
        'java.io.(?:File|RandomAccessFile|FileInputStream|FileOutputStream)',
        'sun.nio.ch.FileChannel',
        'sun.nio.ch.FileDispatcher',
        'java.nio.file',
      ),
      priority: 2,
    },
    { cause: 'network-io', name: cls('java.net', 'sun.nio.ch', 'io.netty.channel', 'sun.net'), priority: 1 },
    {
      cause: 'http-handling',
      name: cls(
        'org.apache.(?:coyote|catalina|tomcat)',
        'org.eclipse.jetty',
        'io.undertow',
        'io.netty.handler.codec.http',
        'com.sun.net.httpserver',
      ),
    },
  ],
  isRuntime: (name) => PLATFORM.test(name) || NATIVE.test(name),
});
