package identity

import (
	"context"
	"io"
	"time"
	"unicode"
	"unicode/utf8"

	"steward/internal/base/errs"
	"steward/internal/base/id"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
)

const signingSecret = "identity/signing"

// operator is who runs the installation.
func operator() access.Actor {
	return access.Actor{ID: "operator", Kind: access.OperatorAccount, Name: "Operator"}
}

// Welcome is what the first start has to tell. It is empty on every later one.
type Welcome struct {
	First bool
	Token string    // of a one-time sign-in link for the operator
	Until time.Time // when Token stops working
}

// Start makes what must be there: the project default, the signing secret, a usable operator key, and, when it made
// that key, a sign-in link. save keeps the key's text where the operator finds it; it is called before the key counts,
// so that no key exists that nobody knows, and may be called again by a later start after a crash in between.
// Start must have returned before the Service serves.
func (s *Service) Start(ctx context.Context, save func(key string) error) (w Welcome, err error) {
	defer errs.Op(&err, "identity.Start")
	_, err = s.store.Project(ctx, project.Default)
	newProject := errs.CodeOf(err) == errs.CodeNotFound
	if err != nil && !newProject {
		return w, err
	}
	signing, err := s.store.Secret(ctx, "", signingSecret)
	newSecret := errs.CodeOf(err) == errs.CodeNotFound
	if newSecret {
		signing = make([]byte, 32)
		_, err = io.ReadFull(s.random, signing)
	}
	if err != nil {
		return w, err
	}
	known := false
	if !newProject {
		if known, err = s.operatorKnown(ctx); err != nil {
			return w, err
		}
	}
	if newProject || newSecret || !known {
		err = s.store.Change(ctx, access.Steward(), "first start", func(tx control.Tx) error {
			if newProject {
				p := project.Project{ID: project.Default, Title: "Default", Created: s.now()}
				if err := tx.CreateProject(p); err != nil {
					return err
				}
			}
			if newSecret {
				if err := tx.SetSecret("", signingSecret, signing); err != nil {
					return err
				}
			}
			if known {
				return nil
			}
			w, err = s.welcome(tx, save)
			return err
		})
	}
	s.mu.Lock()
	s.signing = signing
	s.mu.Unlock()
	return w, err
}

// welcome makes the operator's key and a sign-in link.
func (s *Service) welcome(tx control.Tx, save func(string) error) (Welcome, error) {
	k, text, err := s.drawKey("operator", project.Default, []access.Scope{access.ScopeAdmin}, s.now())
	if err != nil {
		return Welcome{}, err
	}
	k.AllProjects, k.Owner, k.Maker = true, operator(), access.Steward()
	if err := tx.CreateKey(k); err != nil {
		return Welcome{}, err
	}
	l, token, err := s.drawLink("", access.Operator, project.Default)
	if err != nil {
		return Welcome{}, err
	}
	if err := tx.CreateLink(l); err != nil {
		return Welcome{}, err
	}
	if err := save(text); err != nil {
		return Welcome{}, errs.Wrap(errs.CodeUnavailable, err, "the operator key cannot be saved")
	}
	return Welcome{First: true, Token: token, Until: time.Unix(0, l.Expires).UTC()}, nil
}

// operatorKnown says whether there is a usable operator key.
func (s *Service) operatorKnown(ctx context.Context) (bool, error) {
	var after page.Cursor
	for {
		list, err := s.store.ListKeys(ctx, project.Default, after, page.MaxLimit)
		if err != nil {
			return false, err
		}
		for _, k := range list.Items {
			if k.AllProjects && k.Usable(s.now()) == nil {
				return true, nil
			}
		}
		if after = list.Next; after == (page.Cursor{}) {
			return false, nil
		}
	}
}

// OperatorLink makes a sign-in link for the operator, for whoever starts the server.
func (s *Service) OperatorLink(ctx context.Context) (token string, until time.Time, err error) {
	return s.link(ctx, access.Steward(), "server started", "", access.Operator, project.Default)
}

// Invitation says whom to let in.
type Invitation struct {
	Name    string // of the person; "" with the role operator means the operator itself
	Role    string
	Project project.ID
	Reason  string
}

// Invite makes a sign-in link: it works once, for 15 minutes. Nobody can give more than they hold.
func (s *Service) Invite(ctx context.Context, by access.Principal, i Invitation) (token string, until time.Time, err error) {
	role, err := access.ParseRole(i.Role)
	if err != nil {
		return "", time.Time{}, err
	}
	if err := checkText("name", i.Name, 100); err != nil {
		return "", time.Time{}, err
	}
	if i.Name == "" && role != access.Operator {
		return "", time.Time{}, errs.Invalid("name is empty; say who is invited").With("field", "name")
	}
	if err := by.MayGrant(role.Actions(), i.Project, role.AllProjects()); err != nil {
		return "", time.Time{}, err
	}
	return s.link(ctx, by.Actor(), i.Reason, i.Name, role, i.Project)
}

func (s *Service) link(ctx context.Context, by access.Actor, reason, name string, role access.Role, in project.ID) (string, time.Time, error) {
	l, token, err := s.drawLink(name, role, in)
	if err != nil {
		return "", time.Time{}, err
	}
	if err := s.store.Change(ctx, by, reason, func(tx control.Tx) error { return tx.CreateLink(l) }); err != nil {
		return "", time.Time{}, err
	}
	return token, time.Unix(0, l.Expires).UTC(), nil
}

func (s *Service) drawLink(name string, role access.Role, in project.ID) (access.LoginLink, string, error) {
	token, err := access.Draw(s.random, tokenLetters)
	now := s.now()
	return access.LoginLink{
		ID: id.New(), Hash: access.Digest(token), Name: name, Role: role, Project: in, AllProjects: role.AllProjects(),
		Created: now, Expires: now + int64(access.LinkLife),
	}, token, err
}

func (s *Service) drawKey(name string, in project.ID, scopes []access.Scope, now int64) (access.Key, string, error) {
	text, err := access.NewKeyText(s.random)
	if err != nil {
		return access.Key{}, "", err
	}
	prefix, _ := access.PrefixOf(text) // it is a key's text
	return access.Key{
		ID: id.New(), Name: name, Prefix: prefix, Project: in, Scopes: scopes,
		Scheme: access.SHA256, Hash: access.Digest(text), Created: now,
	}, text, nil
}

// checkText refuses what cannot be shown on one line.
func checkText(field, value string, most int) error {
	if !utf8.ValidString(value) || len(value) > most {
		return errs.Invalid("%s must be text of at most %d bytes", field, most).With("field", field)
	}
	for _, r := range value {
		if unicode.IsControl(r) {
			return errs.Invalid("%s holds a control character", field).With("field", field)
		}
	}
	return nil
}

// cut shortens s to at most n bytes of valid text.
func cut(s string, n int) string {
	for len(s) > n || !utf8.ValidString(s) {
		if len(s) == 0 {
			return ""
		}
		s = s[:min(len(s)-1, n)]
	}
	return s
}
