# Kafka Connect with Debezium and the Avro converter, from the same pinned manifest as the local stack (the build's context).
FROM maven:3.9-eclipse-temurin-21 AS plugins
COPY connect-plugins/pom.xml /manifest/pom.xml
RUN mvn -B -ntp -C -f /manifest/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory=/plugins/debezium-connector-mysql \
 && cd /plugins && tar xzf debezium-connector-mysql/*.tar.gz && rm debezium-connector-mysql/*.tar.gz \
 && cd debezium-connector-mysql && rm -f kafka-clients-* connect-api-* connect-json-* lz4-java-* snappy-java-* zstd-jni-* slf4j-api-*

FROM apache/kafka:4.3.1
USER root
COPY --from=plugins --chown=appuser /plugins /opt/plugins
RUN /opt/kafka/bin/connect-plugin-path.sh sync-manifests --plugin-path /opt/plugins
USER appuser
