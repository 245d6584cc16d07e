//! A CronJob of Kubernetes: the script in a ConfigMap, the credential in a Secret.

use super::credential;
use super::{Order, Piece, SCRIPT, about, arguments, environment, quote, when};

const START: &str = "pip install --quiet --no-cache-dir --target /tmp/packages python-openstackclient \
                     && exec python3 /carrete/carrete-backup.py \"$@\"";

/// The client is installed at each start, into memory; whoever minds names an image that has it.
pub fn cron_job(order: Order<'_>) -> Vec<Piece> {
    let mut words = vec!["/bin/sh".to_owned(), "-c".to_owned(), START.to_owned(), "carrete-backup".to_owned()];
    words.extend(arguments(order));
    let command: String = words.iter().map(|word| format!("                - {}\n", quote::kubernetes(word))).collect();
    let fixed = [
        ("HOME", "/tmp".to_owned()),
        ("PATH", "/tmp/packages/bin:/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("PYTHONPATH", "/tmp/packages".to_owned()),
    ];
    let env: String = fixed
        .into_iter()
        .chain(environment(order))
        .map(|(key, value)| {
            format!("                - name: {key}\n                  value: {}\n", quote::kubernetes(&value))
        })
        .collect();
    let script: String =
        SCRIPT.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect();
    let manifest = format!(
        "{}apiVersion: v1
kind: ConfigMap
metadata:
  name: carrete-backup
data:
  carrete-backup.py: |
{script}---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: carrete-backup
spec:
  schedule: {}
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 65534
            runAsGroup: 65534
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: backup
              image: python:3.12-slim
              command:
{command}              env:
{env}              envFrom:
                - secretRef:
                    name: carrete-openstack
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop:
                    - ALL
              volumeMounts:
                - name: script
                  mountPath: /carrete
                  readOnly: true
                - name: tmp
                  mountPath: /tmp
          volumes:
            - name: script
              configMap:
                name: carrete-backup
            - name: tmp
              emptyDir: {{}}
",
        about(order),
        quote::yaml(&when::cron(order.schedule)),
    );
    let secret = "kubectl create secret generic carrete-openstack --from-env-file=/dev/stdin";
    vec![
        credential::make(order),
        Piece::commands("script.step.kubernetes_secret", credential::hand_over(order, secret)),
        Piece::file("script.step.save", "carrete-backup.yaml", manifest),
        Piece::commands("script.step.apply", "kubectl apply -f carrete-backup.yaml\n".to_owned()),
        Piece::commands("script.step.first_run", "kubectl create job --from=cronjob/carrete-backup carrete-backup-now\nkubectl logs -f job/carrete-backup-now\n".to_owned()),
    ]
}
